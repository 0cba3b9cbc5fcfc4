/* Python callables that JavaScript calls. JavaScript knows each by its number in the runtime's table, which is
 * part of a function's own data: no script can read or change it. */
#ifndef JSRUN_PYTHON_HANDLERS_H
#define JSRUN_PYTHON_HANDLERS_H

#include "types/runtime.h"

/* The numbers of __host_op_sync__ and __host_op_async__, which are told by their first argument whom to call: see
 * ops.h. */
#define HANDLERS_SYNC_OP UINT32_MAX
#define HANDLERS_ASYNC_OP (UINT32_MAX - 1)
/* The number of what console calls: runtime->console. */
#define HANDLERS_CONSOLE (UINT32_MAX - 2)
/* The numbers of what finds modules: methods of runtime->modules. */
#define HANDLERS_RESOLVE (UINT32_MAX - 3)
#define HANDLERS_LOAD (UINT32_MAX - 4)

/* For jsrun_host: JavaScript calls a handler. `data` is the runtime_object. */
void *handlers_prepare(void *data, jsrun_entry *entry, jsrun_call_info *info);
void handlers_perform(void *data, void *prepared);
void handlers_finish(void *data, jsrun_entry *entry, void *prepared, jsrun_call_info *info);

/* Whether it can be called. False with an exception set. */
bool handlers_check(PyObject *handler);
/* Whether it is an async function, or an object that is called as one. False also with an exception set. */
bool handlers_is_async(PyObject *handler);

/* What tables keep of a handler: itself or, if it is async, a tuple with it. A new reference, or NULL with an exception
 * set. */
PyObject *handlers_keep(PyObject *handler);
static inline bool handlers_is_kept_async(PyObject *kept) { return PyTuple_CheckExact(kept); }

/* A JavaScript function that calls `handler`, which the runtime keeps. `name` is a string. Within a job. NULL with
 * an exception set. */
jsrun_value handlers_function(runtime_object *runtime, jsrun_entry *entry, PyObject *handler,
                              jsrun_value name);

#endif
