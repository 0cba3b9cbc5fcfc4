#include "base/arguments.h"

static Py_ssize_t find(const char *const *parameters, Py_ssize_t total, PyObject *name) {
    for (Py_ssize_t i = 0; i < total; i++) {
        if (PyUnicode_CompareWithASCIIString(name, parameters[i]) == 0) return i;
    }
    return -1;
}

bool arguments_parse(const char *function, const char *const *parameters, Py_ssize_t total,
                     Py_ssize_t positional, Py_ssize_t required, PyObject *const *arguments,
                     Py_ssize_t count, PyObject *names, PyObject **values) {
    if (count > positional) {
        PyErr_Format(PyExc_TypeError, "%s() takes at most %zd positional argument%s (%zd given)",
                     function, positional, positional == 1 ? "" : "s", count);
        return false;
    }
    for (Py_ssize_t i = 0; i < count; i++) values[i] = arguments[i];
    for (Py_ssize_t i = 0; names && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        Py_ssize_t place = find(parameters, total, name);
        if (place < 0) {
            PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument %R", function,
                         name);
            return false;
        }
        if (values[place]) {
            PyErr_Format(PyExc_TypeError, "%s() got multiple values for argument %R", function,
                         name);
            return false;
        }
        values[place] = arguments[count + i];
    }
    for (Py_ssize_t i = 0; i < required; i++) {
        if (!values[i]) {
            PyErr_Format(PyExc_TypeError, "%s() missing required argument '%s'", function,
                         parameters[i]);
            return false;
        }
    }
    return true;
}
