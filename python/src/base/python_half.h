/* Methods that are written in Python. */
#ifndef JSRUN_PYTHON_PYTHON_HALF_H
#define JSRUN_PYTHON_PYTHON_HALF_H

#include "base/cpython.h"

/* Calls `function` of the module `module`, such as "jsrun._session", with `self` before the other
 * arguments. A new reference, or NULL with an exception set. */
PyObject *python_half_call(const char *module, const char *function, PyObject *self, PyObject *args,
                           PyObject *kwargs);

#endif
