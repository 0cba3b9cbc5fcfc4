#include "call.h"

#include "errors.h"
#include "from_js.h"
#include "timeouts.h"

#include "jsrun/execute.h"

/* What a signal handler raised while this thread waited for a job. Only the innermost call of a thread can
 * be the one that was stopped for it. */
static _Thread_local PyObject *signal_exception;

void call_keep_signal(void) {
    PyObject *exception = PyErr_GetRaisedException();
    if (signal_exception)
        Py_DECREF(exception); /* one is enough to stop for */
    else
        signal_exception = exception;
}

bool call_is_inside(const runtime_object *runtime) {
    return runtime->call && runtime->call->thread == PyThread_get_thread_ident();
}

/* Every call fails the way the bootstrap did; each raises an exception of its own, so that tracebacks do not
 * pile up on one. */
static void raise_bootstrap_error(runtime_object *runtime) {
    PyObject *copier = PyImport_ImportModule("copy");
    PyObject *copied =
        copier ? PyObject_CallMethod(copier, "copy", "O", runtime->bootstrap_error) : NULL;
    Py_XDECREF(copier);
    if (copied) PyErr_SetRaisedException(copied);
}

/* Whatever failed, for want of memory or because JavaScript was stopped: this is why. */
static void explain_heap_limit(js_call *call) {
    module_state *state = call->runtime->state;
    if (call->error && PyErr_GivenExceptionMatches(call->error, state->interrupted)) return;
    Py_CLEAR(call->error);
    errors_raise_status(state, JSRUN_HEAP_LIMIT);
    call->error = PyErr_GetRaisedException();
}

void call_job(jsrun_entry *entry, void *data) {
    js_call *call = data;
    runtime_object *runtime = call->runtime;
    call->thread = PyThread_get_thread_ident();
    call->outer = runtime->call;
    runtime->call = call;

    uint64_t began = call->kind ? stats_begin(&runtime->stats) : 0;
    if (call->timeout > 0) jsrun_entry_set_deadline(entry, call->timeout);
    if (runtime->bootstrap_error)
        raise_bootstrap_error(runtime);
    else
        call->result = call->body(call, entry);
    if (!call->result) call->error = PyErr_GetRaisedException();
    if (!call->result && jsrun_runtime_state(runtime->runtime) == JSRUN_HEAP_LIMIT)
        explain_heap_limit(call);

    if (call->kind) stats_end(&runtime->stats, call->kind, began);
    runtime->call = call->outer;
    if (!runtime->call && runtime->crossing_count) errors_forget_crossings(runtime);
}

PyObject *call_run(js_call *call) {
    if (runtime_check(call->runtime) < 0) return NULL;
    jsrun_status status = jsrun_run(call->runtime->runtime, call_job, call);

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

PyObject *call_settle(runtime_object *runtime, jsrun_entry *entry, jsrun_value value) {
    if (jsrun_is_promise(value)) {
        bool pending = false;
        jsrun_status status = jsrun_settle(entry, value, &pending, &value);
        if (status != JSRUN_OK) {
            call_raise(runtime, entry, status);
            return NULL;
        }
        if (pending) {
            PyErr_SetString(
                runtime->state->errors[ERROR_PENDING_PROMISE],
                "Evaluation failed: the Promise is still pending, and nothing that could "
                "settle it is left to run");
            return NULL;
        }
    }
    return from_js(runtime, entry, value);
}
