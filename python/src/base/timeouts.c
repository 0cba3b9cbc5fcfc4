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

static void raise(module_state *state, double seconds, PyObject *is_pending) {
    PyObject *error = PyObject_CallMethod((PyObject *)state->runtime_timeout, "_after_seconds",
                                          "dO", seconds, is_pending);
    if (error) PyErr_SetRaisedException(error);
}

void timeouts_raise(module_state *state, double seconds) { raise(state, seconds, Py_False); }

void timeouts_raise_pending(module_state *state, double seconds) { raise(state, seconds, Py_True); }
