#include "types/snapshot.h"

#include <stdlib.h>

#include "base/errors.h"
#include "calls/evaluate.h"

#include "jsrun/snapshot.h"

bool snapshot_read(module_state *state, jsrun_runtime_options *options, PyObject *bytes,
                   Py_ssize_t offset) {
    char reason[256];
    const char *data = PyBytes_AS_STRING(bytes) + offset;
    size_t size = (size_t)(PyBytes_GET_SIZE(bytes) - offset);
    if (!jsrun_snapshot_check(data, size, reason, sizeof reason)) {
        PyErr_Format(state->errors[ERROR_SNAPSHOT], "no runtime can start from the snapshot: %s",
                     reason);
        return false;
    }
    options->snapshot = data;
    options->snapshot_size = size;
    return true;
}

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
