/* JavaScript values as Python objects. */
#ifndef JSRUN_PYTHON_FROM_JS_H
#define JSRUN_PYTHON_FROM_JS_H

#include "base/runtime_object.h"
#include "base/unicode.h"

/* Within a job, with the GIL held. Getters and proxies of scripts may run. A new reference, or NULL
 * with an exception set: TypeError for a value that Python has no counterpart of, RuntimeError
 * beyond the runtime's limits, or what the getters raised. */
PyObject *from_js(runtime_object *runtime, jsrun_entry *entry, jsrun_value value);

/* The same with another limit than the runtime's: *bytes, from which the size of the value is
 * subtracted. */
PyObject *from_js_within(runtime_object *runtime, jsrun_entry *entry, jsrun_value value,
                         size_t *bytes);

/* --- in two steps, of which the first needs no GIL -------------------------------------------- */

/* What from_js_start() has found, for from_js_finish(). */
typedef struct js_reading {
    bool is_walked;
    jsrun_items items;
    jsrun_walk_report report;
} js_reading;

/* A value that can be read after its job: undefined, null, a boolean, a Number, or a short
 * string. */
typedef struct plain_value {
    jsrun_item item;
    js_text text; /* if it is a string */
} plain_value;

/* Within a job, without the GIL. Scripts may run. True: the value is plain. False: from_js_finish()
 * has to be called in the same job. */
bool from_js_start(runtime_object *runtime, jsrun_entry *entry, jsrun_value value,
                   js_reading *reading, plain_value *plain);
/* As from_js(). */
PyObject *from_js_finish(runtime_object *runtime, jsrun_entry *entry, js_reading *reading);

/* Takes the value, once. Any thread that has the GIL. NULL with an exception set. */
PyObject *from_js_plain(runtime_object *runtime, plain_value *plain);
void from_js_drop(plain_value *plain);

#endif
