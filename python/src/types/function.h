/* The type JsFunction: a JavaScript function that Python holds. */
#ifndef JSRUN_PYTHON_FUNCTION_H
#define JSRUN_PYTHON_FUNCTION_H

#include "base/cpython.h"

/* Makes the type, and tells the module's state how a JsFunction is called. NULL with an exception
 * set. */
PyTypeObject *function_type_new(PyObject *module);

#endif
