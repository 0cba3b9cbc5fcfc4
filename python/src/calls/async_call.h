/* Calls that asyncio waits for: posted to the runtime thread, with a future of the caller's loop. */
#ifndef JSRUN_PYTHON_ASYNC_CALL_H
#define JSRUN_PYTHON_ASYNC_CALL_H

#include "calls/call.h"

typedef struct async_object async_object;

PyTypeObject *async_type_new(PyObject *module);

/* Has `call`, made by PyMem_Malloc(), run on the runtime thread; returns the awaitable, or NULL with an exception
 * set. `clear` gives up what the call refers to; both happen in any case. `timeout` is as the caller gave it, or NULL.
 * There has to be a loop that runs: see async_is_possible(). */
PyObject *async_start(js_call *call, void (*clear)(js_call *call), PyObject *timeout);

/* The same for what is no future: `evaluation` has a _scope, and _complete(failed, outcome) is called by any thread, once. Its JavaScript
 * may not be abandoned. -1 with an exception set. */
int async_start_for(js_call *call, void (*clear)(js_call *call), PyObject *evaluation);

/* Whether an asyncio loop runs in this thread. Never fails. */
bool async_is_possible(module_state *state);

/* A coroutine that calls the method when a loop runs. */
PyObject *async_later(module_state *state, PyObject *self, const char *method,
                      PyObject *const *arguments, Py_ssize_t count, PyObject *names);

/* Whose JavaScript has the number, or else runs innermost: a new reference to a jsrun._async.Scope, or NULL without an exception. With
 * the isolate. */
PyObject *async_find_scope(runtime_object *runtime, uint32_t number);
/* Of the call that was started last: a borrowed reference, or NULL without an exception. */
PyObject *async_last_scope(runtime_object *runtime);

/* In the job of an async call: it will be over when `promise` is settled. -1 with an exception set. */
int async_watch(async_object *self, jsrun_entry *entry, jsrun_value promise);
/* The same for the next chunk of a stream; at its end call->settled() gets no value. */
int async_read(async_object *self, jsrun_entry *entry, jsrun_value stream);

#endif
