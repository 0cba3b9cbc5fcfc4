#include "calls/call.h"

#include "base/errors.h"
#include "base/property_names.h"
#include "values/from_js.h"

#include "jsrun/compiler.h"
#include "jsrun/execute.h"
#include "jsrun/statistics.h"

/* Every call fails the way the bootstrap did. Each raises an exception of its own, so that
 * tracebacks do not pile up on one. */
static JSRUN_COLD void raise_bootstrap_error(runtime_object *runtime) {
    PyObject *copier = PyImport_ImportModule("copy");
    PyObject *copied =
        copier ? PyObject_CallMethod(copier, "copy", "O", runtime->bootstrap_error) : NULL;
    Py_XDECREF(copier);
    if (copied) PyErr_SetRaisedException(copied);
}

/* After the heap limit was reached, that is the reason of every failure: whether memory was missing
 * or JavaScript was stopped. */
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

void call_start(js_call *call, jsrun_entry *entry) {
    runtime_object *runtime = call->runtime;
    call->outer = runtime->call;
    runtime->call = call;
    if (call->kind)
        call->began = stats_start(&runtime->stats, jsrun_runtime_in_background(runtime->runtime));
    if (!call->outer) property_names_prepare(runtime, entry);
}

void call_finish(js_call *call, jsrun_entry *entry) {
    runtime_object *runtime = call->runtime;
    if (call->kind) call->time += stats_finish(&runtime->stats, call->began);
    if (call->kind && !call->pending) stats_count(&runtime->stats, call->kind, call->time);
    runtime->call = call->outer;
    if (runtime->call) return;
    jsrun_report_uncaught(entry); /* while the causes are still known */
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
    call_start(call, entry);
    call_body_run(call, entry);
    call_finish(call, entry);
}

void call_end_pending(js_call *call) {
    if (call->kind && call->pending)
        stats_count_late(&call->runtime->stats, call->kind, call->time);
    call->pending = false;
}

static JSRUN_COLD PyObject *call_wait_later(runtime_object *runtime, jsrun_entry *entry,
                                            jsrun_value promise) {
    js_call *call = runtime->call;
    if (call->async) {
        call->pending = call->watch(call->async, entry, promise) == 0;
        return NULL;
    }
    jsrun_status status = jsrun_wait_start(entry, promise, &call->wait);
    if (status == JSRUN_STUCK) {
        PyErr_SetString(runtime->state->errors[ERROR_PENDING_PROMISE],
                        "Evaluation failed: the Promise is still pending, and a function that "
                        "JavaScript has called cannot wait for it");
    } else if (status != JSRUN_OK) {
        errors_raise(runtime, entry, status);
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
            errors_raise(runtime, entry, status);
            return NULL;
        }
        if (pending) return call_wait_later(runtime, entry, value);
    }
    return call_convert(runtime->call, entry, value);
}
