#include "calls/call_run.h"

#include "base/errors.h"
#include "base/greenlets.h"
#include "base/timeouts.h"
#include "calls/async_call.h"
#include "calls/greenlet_turns.h"

#include "jsrun/compiler.h"
#include "jsrun/execute.h"

/* What a signal handler raised while this thread waited for a job. Only the innermost call of a
 * thread can be the one that was stopped for it. */
static JSRUN_THREAD_LOCAL PyObject *signal_exception;

void call_keep_signal(void) {
    PyObject *exception = PyErr_GetRaisedException();
    if (signal_exception)
        Py_DECREF(exception); /* one is enough to stop for */
    else
        signal_exception = exception;
}

void call_raise_signal(void) {
    PyObject *exception = signal_exception;
    signal_exception = NULL;
    if (exception)
        PyErr_SetRaisedException(exception);
    else
        PyErr_SetNone(PyExc_KeyboardInterrupt);
}

static PyObject *settle_body(js_call *call, jsrun_entry *entry) {
    jsrun_value promise = jsrun_handle_get(entry, call->promise);
    return promise ? call_settle(call->runtime, entry, promise) : PyErr_NoMemory();
}

static void drop_promise(js_call *call) {
    jsrun_handle_drop(call->runtime->runtime, call->promise);
}

/* A future for the promise that the call came to. */
static JSRUN_COLD PyObject *promise_future(js_call *call) {
    js_call *settling = PyMem_Calloc(1, sizeof *settling);
    jsrun_wait_cancel(call->runtime->runtime, call->wait);
    if (!settling) {
        drop_promise(call);
        return PyErr_NoMemory();
    }
    *settling = (js_call){.runtime = call->runtime, .body = settle_body, .promise = call->promise};
    PyObject *timeout = call->timeout > 0 ? PyFloat_FromDouble(call->timeout) : NULL;
    PyObject *future = async_start(settling, drop_promise, timeout);
    Py_XDECREF(timeout);
    return future;
}

/* The promise that the call came to is still pending. */
static JSRUN_COLD jsrun_status await_promise(js_call *call) {
    runtime_object *runtime = call->runtime;
    bool has_loop = async_is_possible(runtime->state);
    if (has_loop && call->awaitable) {
        call->result = promise_future(call);
        if (!call->result) call->error = PyErr_GetRaisedException();
        return JSRUN_OK;
    }
    jsrun_status status = jsrun_wait_finish(runtime->runtime, call->wait, &call->limit, !has_loop);
    if (status == JSRUN_OK) {
        call->wait = NULL;
        call->body = settle_body;
        call->pending = false;
        status = jsrun_run_within(runtime->runtime, &call->limit, call_job, call);
    }
    drop_promise(call);
    return status;
}

static inline PyObject *run_now(js_call *call) {
    jsrun_status status = jsrun_run_within(call->runtime->runtime, &call->limit, call_job, call);
    bool was_pending = call->wait;
    if (was_pending) status = await_promise(call);
    call_end_pending(call);

    PyObject *interrupt = signal_exception;
    signal_exception = NULL;
    if (!interrupt) {
        interrupt = call->interrupt;
        call->interrupt = NULL;
    }
    if (!interrupt && call->result) return call->result;

    if (interrupt) {
        Py_CLEAR(call->result);
        Py_CLEAR(call->error);
        Py_CLEAR(call->interrupt);
        PyErr_SetRaisedException(interrupt);
    } else if (call->error) {
        PyErr_SetRaisedException(call->error);
        /* This thread was not told the reason: the signal came to the thread that it works for. */
        if (PyErr_ExceptionMatches(call->runtime->state->interrupted))
            PyErr_SetNone(PyExc_KeyboardInterrupt);
    } else if (status == JSRUN_TIMED_OUT) {
        timeouts_raise(call->runtime->state, call->limit.seconds,
                       was_pending ? TIMEOUT_PENDING : TIMEOUT_WAITING);
    } else {
        errors_raise_status(call->runtime->state, status);
    }
    return NULL;
}

static JSRUN_COLD PyObject *run_among_greenlets(js_call *call) {
    return greenlet_turns_run(call, run_now);
}

PyObject *call_run(js_call *call) {
    if (runtime_check(call->runtime) < 0) return NULL;
    double seconds = call->timeout > 0 ? call->timeout : call->runtime->timeout;
    if (seconds > 0) call->limit = jsrun_limit_start(seconds);
    if (greenlets_are_used(call->runtime->state)) return run_among_greenlets(call);
    return run_now(call);
}
