/* The type JsBuffer: the memory of a JavaScript buffer, used in place. */
#ifndef JSRUN_PYTHON_BUFFER_H
#define JSRUN_PYTHON_BUFFER_H

#include "base/cpython.h"

PyTypeObject *buffer_type_new(PyObject *module);

PyObject *buffer_create_method(PyObject *self, PyObject *size);
extern const char buffer_create_doc[];

#endif
