#include "calls/call.h"

#include "calls/async_call.h"
#include "base/errors.h"
#include "values/from_js.h"
#include "base/names.h"
#include "base/timeouts.h"

#include "jsrun/compiler.h"
#include "jsrun/execute.h"
#include "jsrun/statistics.h"

/* What a signal handler raised while this thread waited for a job. Only the innermost call of a thread can
 * be the one that was stopped for it. */
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

/* Every call fails the way the bootstrap did; each raises an exception of its own, so that tracebacks do not
 * pile up on one. */
static JSRUN_COLD void raise_bootstrap_error(runtime_object *runtime) {
    PyObject *copier = PyImport_ImportModule("copy");
    PyObject *copied =
        copier ? PyObject_CallMethod(copier, "copy", "O", runtime->bootstrap_error) : NULL;
    Py_XDECREF(copier);
    if (copied) PyErr_SetRaisedException(copied);
}

/* Whatever failed at the heap's limit, for want of memory or because JavaScript was stopped: that is why. */
void call_fail(js_call *call) {
    module_state *state = call->runtime->state;
    jsrun_status status = jsrun_runtime_state(call->runtime->runtime);
    call->error = PyErr_GetRaisedException();
    if (call->pending) return; /* it has not failed */
    if (call->error && (status != JSRUN_HEAP_LIMIT ||
                        PyErr_GivenExceptionMatches(call->error, state->interrupted)))
        return;
    Py_CLEAR(call->error);
    errors_raise_status(state, status == JSRUN_OK ? JSRUN_NO_MEMORY : status);
    call->error = PyErr_GetRaisedException();
}

void call_begin(js_call *call, jsrun_entry *entry) {
    runtime_object *runtime = call->runtime;
    call->outer = runtime->call;
    runtime->call = call;
    if (call->kind)
        call->began = stats_begin(&runtime->stats, jsrun_runtime_in_background(runtime->runtime));
    if (!call->outer) names_prepare(runtime, entry);
    if (call->timeout > 0) jsrun_entry_set_deadline(entry, call->timeout);
}

void call_finish(js_call *call, jsrun_entry *entry) {
    runtime_object *runtime = call->runtime;
    if (call->kind) call->time += stats_end(&runtime->stats, call->began);
    if (call->kind && !call->pending) stats_count(&runtime->stats, call->kind, call->time);
    runtime->call = call->outer;
    if (runtime->call) return;
    jsrun_report_uncaught(entry); /* while the causes are known */
    if (runtime->crossing_count && !atomic_load(&runtime->in_flight)) {
        jsrun_entry_acquire_host(entry);
        errors_forget_crossings(runtime);
    }
}

void call_body_run(js_call *call, jsrun_entry *entry) {
    if (call->runtime->bootstrap_error)
        raise_bootstrap_error(call->runtime);
    else
        call->result = call->body(call, entry);
    if (!call->result) call_fail(call);
}

JSRUN_HOT void call_job(jsrun_entry *entry, void *data) {
    js_call *call = data;
    call_begin(call, entry);
    call_body_run(call, entry);
    call_finish(call, entry);
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
    jsrun_status status = jsrun_wait_end(runtime->runtime, call->wait, -1, !has_loop);
    if (status == JSRUN_OK) {
        call->wait = NULL;
        call->body = settle_body;
        call->pending = false;
        status = jsrun_run(runtime->runtime, call_job, call);
    }
    drop_promise(call);
    return status;
}

void call_end_pending(js_call *call) {
    if (call->kind && call->pending)
        stats_count_late(&call->runtime->stats, call->kind, call->time);
    call->pending = false;
}

PyObject *call_run(js_call *call) {
    if (runtime_check(call->runtime) < 0) return NULL;
    jsrun_status status = jsrun_run(call->runtime->runtime, call_job, call);
    if (call->wait) status = await_promise(call);
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
        /* This thread was not told why: a signal came to the one that it works for. */
        if (PyErr_ExceptionMatches(call->runtime->state->interrupted))
            PyErr_SetNone(PyExc_KeyboardInterrupt);
    } else if (status == JSRUN_TIMED_OUT) {
        timeouts_raise_pending(call->runtime->state, call->timeout);
    } else {
        errors_raise_status(call->runtime->state, status);
    }
    return NULL;
}

void call_raise(runtime_object *runtime, jsrun_entry *entry, jsrun_status status) {
    if (status == JSRUN_EXCEPTION)
        errors_raise_javascript(runtime, entry, jsrun_entry_exception(entry));
    else if (status == JSRUN_INTERRUPTED)
        PyErr_SetNone(runtime->state->interrupted);
    else if (status == JSRUN_TIMED_OUT)
        timeouts_raise(runtime->state, jsrun_entry_timeout(entry));
    else
        errors_raise_status(runtime->state, status);
}

static JSRUN_COLD PyObject *call_wait_later(runtime_object *runtime, jsrun_entry *entry,
                                            jsrun_value promise) {
    js_call *call = runtime->call;
    if (call->async) {
        call->pending = async_watch(call->async, entry, promise) == 0;
        return NULL;
    }
    jsrun_status status = jsrun_wait_begin(entry, promise, &call->wait);
    if (status == JSRUN_STUCK) {
        PyErr_SetString(runtime->state->errors[ERROR_PENDING_PROMISE],
                        "Evaluation failed: the Promise is still pending, and a function that "
                        "JavaScript has called cannot wait for it");
    } else if (status != JSRUN_OK) {
        call_raise(runtime, entry, status);
    } else {
        call->promise = jsrun_handle_new(entry, promise);
        call->pending = true;
    }
    return NULL;
}

PyObject *call_convert(const js_call *call, jsrun_entry *entry, jsrun_value value) {
    return call->convert ? call->convert(call->runtime, entry, value)
                         : from_js(call->runtime, entry, value);
}

PyObject *call_settle(runtime_object *runtime, jsrun_entry *entry, jsrun_value value) {
    int32_t small;
    if (jsrun_is_small_integer(value, &small) && !runtime->call->convert &&
        runtime->limits.bytes >= JSRUN_ITEM_BYTES)
        return PyLong_FromLong(small);
    if (jsrun_is_promise(value)) {
        bool pending = false;
        jsrun_status status = jsrun_settle(entry, value, &pending, &value);
        if (status != JSRUN_OK) {
            call_raise(runtime, entry, status);
            return NULL;
        }
        if (pending) return call_wait_later(runtime, entry, value);
    }
    return call_convert(runtime->call, entry, value);
}
