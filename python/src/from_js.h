/* JavaScript values as Python's. */
#ifndef JSRUN_PYTHON_FROM_JS_H
#define JSRUN_PYTHON_FROM_JS_H

#include "runtime.h"

/* Within a job, the GIL held; getters and proxies of scripts may run. A new reference, or NULL with an
 * exception set: TypeError for what Python has no counterpart of, RuntimeError beyond the runtime's limits,
 * and what the getters came to. */
PyObject *from_js(runtime_object *runtime, jsrun_entry *entry, jsrun_value value);

/* The same for what may take less than the runtime's limit: *bytes, from which what it takes is subtracted. */
PyObject *from_js_within(runtime_object *runtime, jsrun_entry *entry, jsrun_value value,
                         size_t *bytes);

#endif
