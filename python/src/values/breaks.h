/* Stopping in the debugger where JavaScript calls a Python function. */
#ifndef JSRUN_PYTHON_BREAKS_H
#define JSRUN_PYTHON_BREAKS_H

#include "base/runtime_object.h"

/* Notes what JavaScript calls a function. `name` is a string of JavaScript's. -1 with an exception set. */
int breaks_note_name(runtime_object *runtime, jsrun_entry *entry, uint32_t function,
                     jsrun_value name);

/* What debuggers are told, JSON for free(), if JavaScript is to stop before this call; else NULL. No exception is set. */
char *breaks_details(runtime_object *runtime, uint32_t function, PyObject *const *arguments,
                     size_t count);

extern const char breaks_on_host_calls_doc[];
PyObject *breaks_on_host_calls(PyObject *self, PyObject *names);

#endif
