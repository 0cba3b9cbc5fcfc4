/* JavaScript values as Python's. */
#ifndef JSRUN_PYTHON_FROM_JS_H
#define JSRUN_PYTHON_FROM_JS_H

#include "runtime.h"

/* Within a job, the GIL held; getters and proxies of scripts may run. A new reference, or NULL with an
 * exception set: TypeError for what Python has no counterpart of, RuntimeError beyond the runtime's limits,
 * and what the getters came to. */
PyObject *from_js(runtime_object *runtime, jsrun_entry *entry, jsrun_value value);

#endif
