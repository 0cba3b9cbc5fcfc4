#include "timeouts.h"

bool timeouts_read(const runtime_object *runtime, PyObject *timeout, double *seconds) {
    *seconds = runtime->timeout;
    if (!timeout || timeout == Py_None) return true;
    PyObject *checked = PyObject_CallOneArg(runtime->state->timeout_seconds, timeout);
    if (!checked) return false;
    *seconds = PyFloat_AsDouble(checked);
    Py_DECREF(checked);
    return *seconds > 0;
}

void timeouts_raise(module_state *state, double seconds) {
    PyObject *number = PyFloat_FromDouble(seconds);
    PyObject *error = number ? PyObject_CallMethod((PyObject *)state->runtime_timeout,
                                                   "_after_seconds", "O", number)
                             : NULL;
    Py_XDECREF(number);
    if (error) PyErr_SetRaisedException(error);
}
