/* Python callables that JavaScript calls. JavaScript knows each by its number in the runtime's table, which is
 * part of a function's own data: no script can read or change it. */
#ifndef JSRUN_PYTHON_HANDLERS_H
#define JSRUN_PYTHON_HANDLERS_H

#include "runtime.h"

/* The number of __host_op_sync__, which is told by its first argument whom to call: see ops.h. */
#define HANDLERS_SYNC_OP UINT32_MAX
/* The number of what console calls: runtime->console. */
#define HANDLERS_CONSOLE (UINT32_MAX - 1)

/* For jsrun_host: JavaScript calls a handler. `data` is the runtime_object. */
void *handlers_prepare(void *data, jsrun_entry *entry, jsrun_call_info *info);
void handlers_perform(void *data, void *prepared);
void handlers_finish(void *data, jsrun_entry *entry, void *prepared, jsrun_call_info *info);

/* Whether `function`, for the message, takes `handler`. False with an exception set. */
bool handlers_check(const char *function, PyObject *handler, bool async_too);

/* A JavaScript function that calls `handler`, which the runtime keeps. `name` is a string. Within a job. NULL with
 * an exception set. */
jsrun_value handlers_function(runtime_object *runtime, jsrun_entry *entry, PyObject *handler,
                              jsrun_value name);

#endif
