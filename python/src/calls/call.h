/* A job on a runtime, and how its outcome gets to the Python thread that waits for it.
 *
 * A job may run on another thread than the caller's. So its result or exception is carried in the
 * js_call, and while it runs no exception stays set in the job's thread. When JavaScript is stopped for
 * an exception that it may not catch (KeyboardInterrupt, SystemExit), that exception is kept
 * aside and module_state.interrupted is raised in its place, up to call_run(). */
#ifndef JSRUN_PYTHON_CALL_H
#define JSRUN_PYTHON_CALL_H

#include "base/runtime_object.h"

#include "jsrun/compiler.h"
#include "jsrun/promise.h"

typedef struct js_call {
    runtime_object *runtime;
    /* What is to be done: returns a new reference, or NULL with an exception set. */
    PyObject *(*body)(struct js_call *call, jsrun_entry *entry);

    /* Makes the result of what body, or the promise that it settles, has come to; NULL: from_js(). */
    PyObject *(*convert)(runtime_object *runtime, jsrun_entry *entry, jsrun_value value);

    stats_kind kind; /* what it is counted as */
    double timeout;  /* seconds, for all that it takes; 0: what the runtime has for its calls */
    jsrun_limit limit;

    struct js_call *outer;
    uint64_t began; /* for stats_end() */
    uint64_t time;  /* for stats_count() */
    bool pending;   /* it has come to a promise that it waits for */
    PyObject *result;
    PyObject *error;     /* what body raised */
    PyObject *interrupt; /* what a handler raised that JavaScript may not catch */
    jsrun_wait *wait;    /* the result is a promise that is still pending: */
    jsrun_handle promise;
    bool awaitable;             /* instead of a wait, while an asyncio loop runs: a future of it */
    struct async_object *async; /* the call is one that asyncio waits for: */
    /* Has it wait for `promise`, within its job. -1 with an exception set. */
    int (*watch)(struct async_object *async, jsrun_entry *entry, jsrun_value promise);
    /* Does without the GIL, and without anything that needs it, what body does up to the conversion of the value. False: it
     * has done nothing, and body is to be called. NULL: body always is. */
    bool (*direct)(struct js_call *call, jsrun_entry *entry, jsrun_status *status,
                   jsrun_value *value);
    /* What becomes of the value that was waited for: from_js() if this is NULL. */
    PyObject *(*settled)(struct js_call *call, jsrun_entry *entry, jsrun_value value);
} js_call;

/* The job of a call, for jsrun_post(): leaves the outcome in the js_call at `data`. */
void call_job(jsrun_entry *entry, void *data);

/* What such a job does before and after the call itself. The GIL need not be held, is taken if it is needed and
 * then stays so. */
void call_begin(js_call *call, jsrun_entry *entry);
void call_finish(js_call *call, jsrun_entry *entry);
/* In between, with the GIL: body, with its outcome left in the js_call. */
void call_body_run(js_call *call, jsrun_entry *entry);
/* The same with an exception that is set: that is the outcome, or why it came to it. */
JSRUN_COLD void call_fail(js_call *call);

/* The call is over, though it was pending. */
void call_end_pending(js_call *call);

/* Gives a promise's value, or the value itself, to Python. NULL without an exception: it is still pending, and
 * call_run() is going to wait for it. */
PyObject *call_settle(runtime_object *runtime, jsrun_entry *entry, jsrun_value value);

/* call->convert(). */
PyObject *call_convert(const js_call *call, jsrun_entry *entry, jsrun_value value);

#endif
