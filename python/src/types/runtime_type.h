/* The type Runtime. */
#ifndef JSRUN_PYTHON_RUNTIME_TYPE_H
#define JSRUN_PYTHON_RUNTIME_TYPE_H

#include "base/runtime_object.h"

PyTypeObject *runtime_type_new(PyObject *module);

/* Closes a runtime. May release the GIL. May be called again. */
void runtime_close(runtime_object *self);

#endif
