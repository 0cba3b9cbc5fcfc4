/* JavaScript's `undefined`: the type JsUndefined and its only instance. */
#ifndef JSRUN_PYTHON_UNDEFINED_H
#define JSRUN_PYTHON_UNDEFINED_H

#include "base/cpython.h"

/* Makes the type, and its instance in the module's state. NULL with an exception set. */
PyTypeObject *undefined_type_new(PyObject *module);

#endif
