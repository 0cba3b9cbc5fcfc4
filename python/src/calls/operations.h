/* Operations: calls of async handlers. JavaScript has a promise of each, and asyncio a task. */
#ifndef JSRUN_PYTHON_OPERATIONS_H
#define JSRUN_PYTHON_OPERATIONS_H

#include "base/runtime_object.h"

/* The scope that an async handler runs in, if the calls that are under way tell it: a new
 * reference. NULL without an exception: operations_find_scope() tells it. With the isolate. */
PyObject *operations_scope(runtime_object *runtime, jsrun_entry *entry);
/* The same on the thread that performs the handler. NULL with an exception set. */
PyObject *operations_find_scope(runtime_object *runtime);

/* Makes the context variables of the scope those of this thread. Returns a new reference, for
 * PyContext_Exit(). NULL, with no exception set: out of memory. */
PyObject *operations_enter_context(PyObject *scope);

/* Has the scope's loop call the handler. The promise, or NULL with an exception set. */
jsrun_value operations_start(runtime_object *runtime, jsrun_entry *entry, PyObject *handler,
                             PyObject *arguments, PyObject *scope);

/* _settle(runtime, operation, number, failed, value): a handler is done. */
PyObject *operations_settle(PyObject *module, PyObject *const *arguments, Py_ssize_t count);
extern const char operations_settle_doc[];

/* The runtime has closed: cancels the tasks. */
void operations_cancel(runtime_object *runtime);

#endif
