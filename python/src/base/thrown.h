/* What a JavaScriptError has besides its text and its stack: what was thrown, and what scripts have
 * put on it. */
#ifndef JSRUN_PYTHON_THROWN_H
#define JSRUN_PYTHON_THROWN_H

#include "base/runtime_object.h"

#include "jsrun/execute.h"

/* Gives `error`, a JavaScriptError for `exception`, its attributes `value`, `cause`, `errors`,
 * `properties` and `class_name`, and what thrown_get() needs. What has no counterpart in Python is
 * left out. Converting may run JavaScript, and describe other errors. 0, or -1 with an exception
 * set: JavaScript was stopped, or memory is out. */
int thrown_add_details(runtime_object *runtime, jsrun_entry *entry, PyObject *error,
                       const jsrun_exception *exception);

/* What JavaScript threw, if `error` is a JavaScriptError that came from this runtime; else NULL.
 * Raises nothing. */
jsrun_value thrown_get(runtime_object *runtime, jsrun_entry *entry, PyObject *error);

/* The JavaScriptError that is being made for `error` further up the stack: a new reference, or
 * NULL. */
PyObject *thrown_find(runtime_object *runtime, jsrun_value error);

#endif
