/* The type _Channel: what the runtime's side of an in-process session is for Python. */
#ifndef JSRUN_PYTHON_CHANNEL_H
#define JSRUN_PYTHON_CHANNEL_H

#include "base/runtime_object.h"

PyTypeObject *channel_type_new(PyObject *module);

/* A _Channel that is attached to the runtime. NULL with an exception set. `bytes`: how much waits for Python at
 * most; whoever produces more waits. */
PyObject *channel_open(runtime_object *runtime, size_t bytes);

#endif
