/* Python values as JavaScript's. */
#ifndef JSRUN_PYTHON_TO_JS_H
#define JSRUN_PYTHON_TO_JS_H

#include "base/runtime_object.h"

/* Within a job, the GIL held; runs no JavaScript. NULL with an exception set: TypeError for what JavaScript
 * has no counterpart of, RuntimeError beyond the runtime's limits. */
jsrun_value to_js(runtime_object *runtime, jsrun_entry *entry, PyObject *value);

/* The same for what is to be bound: callables in it become functions that call them. */
jsrun_value to_js_bound(runtime_object *runtime, jsrun_entry *entry, PyObject *value);

#endif
