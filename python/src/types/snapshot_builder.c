#include "types/snapshot_builder.h"

#include "types/runtime_type.h"

#include <stdlib.h>

#include "base/errors.h"
#include "calls/evaluate.h"

#include "jsrun/snapshot.h"

PyObject *snapshot_run_script(PyObject *module, PyObject *args) {
    module_state *state = PyModule_GetState(module);
    PyObject *runtime, *name, *source;
    if (!PyArg_ParseTuple(args, "O!UU:_run_script", state->runtime_type, &runtime, &name, &source))
        return NULL;
    if (evaluate_script((runtime_object *)runtime, source, name) < 0) return NULL;
    return Py_NewRef(Py_None);
}

PyObject *snapshot_take(PyObject *module, PyObject *object) {
    module_state *state = PyModule_GetState(module);
    runtime_object *runtime = (runtime_object *)object;
    if (!PyObject_TypeCheck(object, state->runtime_type) || runtime_check(runtime) < 0) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_TypeError, "not a Runtime");
        return NULL;
    }
    void *snapshot;
    size_t size;
    char obstacle[256] = "";
    jsrun_status status =
        jsrun_runtime_snapshot(runtime->runtime, &snapshot, &size, obstacle, sizeof obstacle);
    if (status != JSRUN_OK) {
        errors_raise_status(state, status);
        return NULL;
    }
    if (!snapshot) {
        PyErr_Format(state->errors[ERROR_SNAPSHOT], "no snapshot can be made: %s", obstacle);
        return NULL;
    }
    PyObject *bytes = PyBytes_FromStringAndSize(snapshot, (Py_ssize_t)size);
    free(snapshot);
    runtime_close(runtime);
    return bytes;
}
