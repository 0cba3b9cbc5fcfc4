/* Runtime.eval() and the bootstrap: scripts. */
#ifndef JSRUN_PYTHON_EVALUATE_H
#define JSRUN_PYTHON_EVALUATE_H

#include "base/runtime_object.h"

PyObject *evaluate_method(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                          PyObject *names);
extern const char evaluate_doc[];
PyObject *evaluate_async_method(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                                PyObject *names);
extern const char evaluate_async_doc[];

/* Runs the bootstrap, a str, to its end. The second function posts it, so that it runs before every
 * other job, and what it fails with is then raised by those. -1 with an exception set. */
int evaluate_bootstrap(runtime_object *runtime, PyObject *code);
/* Runs another script as the bootstrap is run: its value is dropped. Both are str. */
int evaluate_script(runtime_object *runtime, PyObject *code, PyObject *name);
int evaluate_bootstrap_later(runtime_object *runtime, PyObject *code);

#endif
