/* A job on a runtime, and the way of its outcome to the Python thread that waits for it.
 *
 * A job may run on another thread than its caller's. So its result or its exception is kept in the
 * js_call, and while the job runs no exception stays set in its thread. JavaScript that is stopped
 * for an exception which it may not catch (KeyboardInterrupt, SystemExit) keeps that exception
 * aside, and module_state.interrupted is raised in its place, up to call_run(). */
#ifndef JSRUN_PYTHON_CALL_H
#define JSRUN_PYTHON_CALL_H

#include "base/runtime_object.h"

#include "jsrun/compiler.h"
#include "jsrun/promise.h"

typedef struct js_call {
    runtime_object *runtime;
    /* The job itself. A new reference, or NULL with an exception set. */
    PyObject *(*body)(struct js_call *call, jsrun_entry *entry);

    /* Makes the result of the value that body returns, or that its promise is fulfilled with. NULL:
     * from_js(). */
    PyObject *(*convert)(runtime_object *runtime, jsrun_entry *entry, jsrun_value value);

    stats_kind kind; /* how it is counted */
    double timeout;  /* seconds for the whole call; 0: the timeout of the runtime */
    jsrun_limit limit;

    struct js_call *outer;
    uint64_t began; /* for stats_finish() */
    uint64_t time;  /* for stats_count() */
    bool pending;   /* it has come to a promise, which it waits for */
    PyObject *result;
    PyObject *error;     /* what body raised */
    PyObject *interrupt; /* what a handler raised and JavaScript may not catch */
    jsrun_wait *wait;    /* the result is a promise that is pending: */
    jsrun_handle promise;
    bool awaitable; /* while an asyncio loop runs: returns a future of it in place of a wait */
    struct async_object *async; /* set: asyncio waits for the call: */
    /* Makes it wait for `promise`, within its job. -1 with an exception set. */
    int (*watch)(struct async_object *async, jsrun_entry *entry, jsrun_value promise);
    /* Does what body does, up to the conversion of the value, without the GIL and without anything
     * that needs it. False: it has done nothing, and body has to be called. NULL: body always has
     * to be. */
    bool (*direct)(struct js_call *call, jsrun_entry *entry, jsrun_status *status,
                   jsrun_value *value);
    /* Converts the value of the promise that the call has waited for. NULL: from_js(). */
    PyObject *(*settled)(struct js_call *call, jsrun_entry *entry, jsrun_value value);
} js_call;

/* The job of a call, for jsrun_post(). Leaves the outcome in the js_call at `data`. */
void call_job(jsrun_entry *entry, void *data);

/* What such a job does before and after the call itself. The GIL need not be held. If it is needed
 * it is taken, and then stays taken. */
void call_start(js_call *call, jsrun_entry *entry);
void call_finish(js_call *call, jsrun_entry *entry);
/* In between, with the GIL: calls body, and leaves its outcome in the js_call. */
void call_body_run(js_call *call, jsrun_entry *entry);
/* The same for a failure: the exception that is set is the outcome, or what led to it. */
JSRUN_COLD void call_fail(js_call *call);

/* The call is over, even if it was pending. */
void call_end_pending(js_call *call);

/* Gives Python the value or, if it is a promise, what that is fulfilled with. NULL without an
 * exception: the promise is pending, and call_run() is going to wait for it. */
PyObject *call_settle(runtime_object *runtime, jsrun_entry *entry, jsrun_value value);

/* call->convert(). */
PyObject *call_convert(const js_call *call, jsrun_entry *entry, jsrun_value value);

#endif
