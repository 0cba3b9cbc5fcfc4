/* Async handlers: calls that JavaScript has a promise of, and asyncio a task. */
#ifndef JSRUN_PYTHON_OPERATIONS_H
#define JSRUN_PYTHON_OPERATIONS_H

#include "base/runtime_object.h"

/* Whose loop and context an async handler is to run with, if that can be told from the calls that are under way: a
 * new reference. NULL without an exception: see operations_find_scope(). With the isolate. */
PyObject *operations_scope(runtime_object *runtime, jsrun_entry *entry);
/* The same from the thread that performs the handler; NULL with an exception set. */
PyObject *operations_find_scope(runtime_object *runtime);

/* Makes the scope's context variables those of this thread, until PyContext_Exit() for what is returned, a new
 * reference. NULL, with no exception set: out of memory. */
PyObject *operations_enter_context(PyObject *scope);

/* Has the handler called by the scope's loop. The promise; NULL with an exception set. */
jsrun_value operations_start(runtime_object *runtime, jsrun_entry *entry, PyObject *handler,
                             PyObject *arguments, PyObject *scope);

/* _settle(runtime, operation, number, failed, value): what a handler came to. */
PyObject *operations_settle(PyObject *module, PyObject *const *arguments, Py_ssize_t count);
extern const char operations_settle_doc[];

/* The runtime has closed: cancels the tasks. */
void operations_cancel(runtime_object *runtime);

#endif
