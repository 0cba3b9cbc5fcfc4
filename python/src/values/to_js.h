/* Python objects as JavaScript values. */
#ifndef JSRUN_PYTHON_TO_JS_H
#define JSRUN_PYTHON_TO_JS_H

#include "base/runtime_object.h"

/* Within a job, with the GIL held. Runs no JavaScript. NULL with an exception set: TypeError for an
 * object that JavaScript has no counterpart of, RuntimeError beyond the runtime's limits. */
jsrun_value to_js(runtime_object *runtime, jsrun_entry *entry, PyObject *value);

/* The same for an object that is bound: callables in it become functions that call them. */
jsrun_value to_js_bound(runtime_object *runtime, jsrun_entry *entry, PyObject *value);

#endif
