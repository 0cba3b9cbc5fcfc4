/* JavaScript's `undefined`: the type JsUndefined and its only instance. */
#ifndef JSRUN_PYTHON_UNDEFINED_H
#define JSRUN_PYTHON_UNDEFINED_H

#include "base/cpython.h"

/* Creates the type, and its instance in *instance. NULL with an exception set. */
PyTypeObject *undefined_type_new(PyObject *module, PyObject **instance);

#endif
