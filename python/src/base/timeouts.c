#include "base/timeouts.h"

bool timeouts_read(const runtime_object *runtime, PyObject *timeout, double *seconds) {
    *seconds = runtime->timeout;
    if (!timeout || timeout == Py_None) return true;
    PyObject *checked = PyObject_CallOneArg(runtime->state->timeout_seconds, timeout);
    if (!checked) return false;
    *seconds = PyFloat_AsDouble(checked);
    Py_DECREF(checked);
    return *seconds > 0;
}

void timeouts_raise(module_state *state, double seconds, timeout_state at) {
    static const char *const states[] = {
        [TIMEOUT_RUNNING] = "",
        [TIMEOUT_PENDING] = " (the Promise is still pending)",
        [TIMEOUT_WAITING] = " (other JavaScript of the runtime ran all the time)",
    };
    PyObject *error = PyObject_CallMethod((PyObject *)state->runtime_timeout, "_after_seconds",
                                          "ds", seconds, states[at]);
    if (error) PyErr_SetRaisedException(error);
}
