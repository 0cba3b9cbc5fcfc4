#include "base/path.h"

static PyObject *step_text(const path_step *step) {
    if (!step->key) {
        return step->index == PATH_MEMBER ? PyUnicode_FromString("[*]")
                                          : PyUnicode_FromFormat("[%zd]", step->index);
    }
    if (PyUnicode_Check(step->key) && PyUnicode_IsIdentifier(step->key))
        return PyUnicode_FromFormat(".%U", step->key);
    return PyUnicode_FromFormat("[%R]", step->key);
}

PyObject *path_text(const path_step *step) {
    PyObject *text = PyUnicode_FromString("");
    for (; step && text; step = step->outer) {
        PyObject *front = step_text(step);
        if (front) PyUnicode_Append(&front, text);
        Py_SETREF(text, front);
    }
    if (text) {
        PyObject *whole = PyUnicode_FromFormat("$%U", text);
        Py_SETREF(text, whole);
    }
    return text;
}

void path_raise(PyObject *type, PyObject *message, const path_step *step) {
    PyObject *path = message ? path_text(step) : NULL;
    if (path) PyErr_Format(type, "%U (at %U)", message, path);
    Py_XDECREF(path);
    Py_XDECREF(message);
}
