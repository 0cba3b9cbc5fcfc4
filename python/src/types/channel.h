/* The type _Channel: the runtime's side of an in-process session, for Python. */
#ifndef JSRUN_PYTHON_CHANNEL_H
#define JSRUN_PYTHON_CHANNEL_H

#include "base/runtime_object.h"

PyTypeObject *channel_type_new(PyObject *module);

/* A _Channel that is attached to the runtime. NULL with an exception set. `bytes` is how much may
 * wait for Python; a thread that produces more waits. */
PyObject *channel_open(runtime_object *runtime, size_t bytes);

#endif
