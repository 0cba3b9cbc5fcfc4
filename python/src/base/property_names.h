/* The names of properties, which are the keys of dicts. Each is made once in Python and once in
 * JavaScript. */
#ifndef JSRUN_PYTHON_PROPERTY_NAMES_H
#define JSRUN_PYTHON_PROPERTY_NAMES_H

#include "base/runtime_object.h"

/* To be called before a conversion in either direction: forgets the names that have become
 * useless. */
void property_names_prepare(runtime_object *runtime, jsrun_entry *entry);

/* The str of the key that `item` stands for: a new reference, or NULL with an exception set. */
PyObject *property_names_from_js(runtime_object *runtime, jsrun_entry *entry,
                                 const jsrun_item *item);
/* NULL with an exception set: out of memory. */
jsrun_value property_names_to_js(runtime_object *runtime, jsrun_entry *entry, PyObject *name);

void property_names_free(runtime_object *runtime);

#endif
