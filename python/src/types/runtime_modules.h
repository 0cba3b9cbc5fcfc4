/* ES modules: the methods of Runtime. */
#ifndef JSRUN_PYTHON_RUNTIME_MODULES_H
#define JSRUN_PYTHON_RUNTIME_MODULES_H

#include "base/runtime_object.h"

PyObject *modules_add_static(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                             PyObject *names);
extern const char modules_add_static_doc[];
PyObject *modules_set_resolver(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                               PyObject *names);
extern const char modules_set_resolver_doc[];
PyObject *modules_set_loader(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                             PyObject *names);
extern const char modules_set_loader_doc[];
PyObject *modules_evaluate(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                           PyObject *names);
extern const char modules_evaluate_doc[];
PyObject *modules_evaluate_async(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                                 PyObject *names);
extern const char modules_evaluate_async_doc[];

#endif
