/* Pauses in the debugger where JavaScript calls a handler. */
#ifndef JSRUN_PYTHON_BREAKS_H
#define JSRUN_PYTHON_BREAKS_H

#include "base/runtime_object.h"

/* Notes the name that JavaScript calls a function by. `name` is a JavaScript string. -1 with an
 * exception set. */
int breaks_note_name(runtime_object *runtime, jsrun_entry *entry, uint32_t function,
                     jsrun_value name);
void breaks_forget_name(runtime_object *runtime, uint32_t function);

/* If JavaScript is to pause before this call, what debuggers are told: JSON, to be freed with
 * free(). Otherwise NULL. No exception is set either way. */
char *breaks_details(runtime_object *runtime, uint32_t function, PyObject *const *arguments,
                     size_t count);

extern const char breaks_on_host_calls_doc[];
PyObject *breaks_on_host_calls(PyObject *self, PyObject *names);

#endif
