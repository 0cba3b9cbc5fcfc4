/* Python.h, and what differs between CPython 3.9 and 3.13. Must be included before every other
 * header. */
#ifndef JSRUN_PYTHON_CPYTHON_H
#define JSRUN_PYTHON_CPYTHON_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#if PY_VERSION_HEX < 0x030A0000
static inline PyObject *Py_NewRef(PyObject *object) {
    Py_INCREF(object);
    return object;
}

static inline PyObject *Py_XNewRef(PyObject *object) {
    Py_XINCREF(object);
    return object;
}
#endif

#if PY_VERSION_HEX < 0x030D0000
/* 1 and a new reference. 0 and NULL: the object is gone. -1 with an exception set. */
static inline int PyWeakref_GetRef(PyObject *reference, PyObject **object) {
    PyObject *found = PyWeakref_GetObject(reference);
    *object = found && found != Py_None ? Py_NewRef(found) : NULL;
    return found ? *object != NULL : -1;
}
#endif

#if PY_VERSION_HEX < 0x030C0000
/* Takes the exception that is set, normalized and with its traceback. NULL: none was set. */
static inline PyObject *PyErr_GetRaisedException(void) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (!type) return NULL;
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback) PyException_SetTraceback(value, traceback);
    Py_DECREF(type);
    Py_XDECREF(traceback);
    return value;
}

/* Steals the reference. */
static inline void PyErr_SetRaisedException(PyObject *exception) {
    PyErr_Restore(Py_NewRef((PyObject *)Py_TYPE(exception)), exception,
                  PyException_GetTraceback(exception));
}
#endif

#endif
