#include "base/runtime_object.h"

#include "base/errors.h"

int runtime_check(runtime_object *self) {
    jsrun_status status = JSRUN_OK;
    if (!self->runtime)
        PyErr_SetString(PyExc_RuntimeError, "Runtime.__init__() was not called");
    else if ((status = jsrun_runtime_state(self->runtime)) != JSRUN_OK)
        errors_raise_status(self->state, status);
    else
        return 0;
    return -1;
}

static int release_pending(void *data) {
    Py_DECREF((PyObject *)data);
    return 0;
}

void runtime_release_later(runtime_object *self) {
    /* If the interpreter has no room for the call, the runtime stays until the process ends. */
    if (Py_REFCNT(self) > 1)
        Py_DECREF(self);
    else
        (void)Py_AddPendingCall(release_pending, self);
}
