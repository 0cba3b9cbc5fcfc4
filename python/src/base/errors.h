/* Exceptions: those of JavaScript and of the library as Python's, and Python's as JavaScript's. */
#ifndef JSRUN_PYTHON_ERRORS_H
#define JSRUN_PYTHON_ERRORS_H

#include "base/runtime_object.h"

#include "jsrun/compiler.h"
#include "jsrun/execute.h"

/* Raises what a status of the library means. Not for JSRUN_EXCEPTION. */
JSRUN_COLD void errors_raise_status(module_state *state, jsrun_status status);

/* Raises why an operation inside a job failed. */
JSRUN_COLD void errors_raise(runtime_object *runtime, jsrun_entry *entry, jsrun_status status);

/* A JavaScriptError that says what `exception` says. NULL with an exception set. */
PyObject *errors_from_js(runtime_object *runtime, jsrun_entry *entry,
                         const jsrun_exception *exception);

/* Raises a JavaScriptError for what JavaScript threw. */
JSRUN_COLD void errors_raise_javascript(runtime_object *runtime, jsrun_entry *entry,
                                        const jsrun_exception *exception);

/* What JavaScript threw, if the exception is a JavaScriptError of this runtime. Otherwise an Error
 * that says what the exception says. NULL, with no exception set: out of memory. */
jsrun_value errors_to_js(runtime_object *runtime, jsrun_entry *entry, PyObject *exception);

/* Remembers that JavaScript sees `exception` as `error`, until the outermost job has ended. */
void errors_note_crossing(runtime_object *runtime, jsrun_entry *entry, jsrun_value error,
                          PyObject *exception);
JSRUN_COLD void errors_forget_crossings(runtime_object *runtime);

#endif
