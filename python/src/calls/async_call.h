/* Calls that asyncio waits for: posted to the runtime thread, with a future of the caller's
 * loop. */
#ifndef JSRUN_PYTHON_ASYNC_CALL_H
#define JSRUN_PYTHON_ASYNC_CALL_H

#include "calls/call.h"

typedef struct async_object async_object;

PyTypeObject *async_type_new(PyObject *module);

/* Runs `call`, which PyMem_Malloc() made, on the runtime thread. Returns the awaitable, or NULL
 * with an exception set. `clear` gives up what the call refers to. The call is cleared and freed in
 * any case. `timeout` is as the caller gave it, or NULL. A loop has to run: see
 * async_is_possible(). */
PyObject *async_start(js_call *call, void (*clear)(js_call *call), PyObject *timeout);

/* The same for an `evaluation` that is no future. It has a _scope, and a _complete(failed, outcome)
 * that any thread calls once. Its JavaScript may not be abandoned. -1 with an exception set. */
int async_start_for(js_call *call, void (*clear)(js_call *call), PyObject *evaluation);

/* Whether an asyncio loop runs in this thread. Never fails. */
bool async_is_possible(module_state *state);

/* A coroutine that calls the method once a loop runs. */
PyObject *async_later(module_state *state, PyObject *self, const char *method,
                      PyObject *const *arguments, Py_ssize_t count, PyObject *names);

/* The scope of the JavaScript with this flow number, or else of the innermost JavaScript that runs:
 * a new reference to a jsrun._async.Scope. NULL without an exception: there is none. With the
 * isolate. */
PyObject *async_find_scope(runtime_object *runtime, uint32_t number);
/* The scope of the call that was started last: a borrowed reference, or NULL without an
 * exception. */
PyObject *async_last_scope(runtime_object *runtime);

/* In the job of an async call: the call will be over when `promise` is settled. -1 with an
 * exception set. */
int async_watch(async_object *self, jsrun_entry *entry, jsrun_value promise);
/* The same for the next chunk of a stream. At the end of the stream call->settled() gets no
 * value. */
int async_read(async_object *self, jsrun_entry *entry, jsrun_value stream);

#endif
