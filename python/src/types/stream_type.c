#include "types/stream_type.h"

#include "base/errors.h"
#include "base/handle.h"
#include "calls/async_call.h"
#include "calls/call.h"
#include "values/from_js.h"
#include "values/stream_value.h"

#include "jsrun/stream.h"

/* --- reading ---------------------------------------------------------------------------------- */

typedef struct stream_call {
    js_call call;
    stream_object *stream;
} stream_call;

static void clear_call(js_call *call) { Py_XDECREF((PyObject *)((stream_call *)call)->stream); }

static stream_call *new_call(stream_object *self, PyObject *(*body)(js_call *, jsrun_entry *)) {
    stream_call *call = PyMem_Calloc(1, sizeof *call);
    if (!call) {
        PyErr_NoMemory();
        return NULL;
    }
    call->call =
        (js_call){.runtime = self->runtime, .body = body, .timeout = self->runtime->timeout};
    call->stream = (stream_object *)Py_NewRef((PyObject *)self);
    return call;
}

static PyObject *end_of_stream(void) {
    PyErr_SetNone(PyExc_StopAsyncIteration);
    return NULL;
}

static PyObject *read_settled(js_call *call, jsrun_entry *entry, jsrun_value chunk) {
    if (!chunk) return end_of_stream();
    PyObject *value = from_js(call->runtime, entry, chunk);
    if (value && PyBytes_Check(value))
        call->runtime->stats.gauges[STATS_BYTES_STREAMED_JS_TO_PY] +=
            (uint64_t)PyBytes_GET_SIZE(value);
    return value;
}

static PyObject *read_body(js_call *call, jsrun_entry *entry) {
    jsrun_value stream = jsrun_handle_get(entry, ((stream_call *)call)->stream->stream);
    if (!stream) return end_of_stream();
    call->settled = read_settled;
    (void)async_read(call->async, entry, stream);
    return NULL;
}

PyDoc_STRVAR(read_doc,
             "read($self, evaluation, /)\n--\n\n"
             "Ask for the next chunk. evaluation._complete(failed, outcome) is called with it.");

static PyObject *stream_read(PyObject *object, PyObject *evaluation) {
    stream_object *self = (stream_object *)object;
    stream_call *call = new_call(self, read_body);
    if (!call) return NULL;
    self->has_lock = true;
    if (async_start_for(&call->call, clear_call, evaluation) < 0) return NULL;
    return Py_NewRef(Py_None);
}

/* --- letting go ------------------------------------------------------------------------------- */

/* Returns the handle, which the stream gives up. */
static jsrun_handle take_handle(stream_object *self) {
    jsrun_handle handle = self->stream;
    self->stream = (jsrun_handle){0, 0};
    if (handle_is_set(handle) && self->is_read) {
        self->runtime->stats.gauges[STATS_OPEN_RESOURCES]--;
        self->runtime->stats.gauges[STATS_ACTIVE_JS_STREAMS]--;
    }
    return handle;
}

PyDoc_STRVAR(drop_doc, "drop($self, /)\n--\n\n"
                       "Give up a stream that has ended.");

static PyObject *stream_drop(PyObject *object, PyObject *Py_UNUSED(unused)) {
    stream_object *self = (stream_object *)object;
    jsrun_handle handle = take_handle(self);
    if (handle_is_set(handle)) jsrun_handle_drop(self->runtime->runtime, handle);
    return Py_NewRef(Py_None);
}

/* The cancellation of a stream, which nobody waits for. */
typedef struct cancellation {
    runtime_object *runtime;
    jsrun_handle stream;
} cancellation;

static void cancellation_free(cancellation *self) {
    jsrun_handle_drop(self->runtime->runtime, self->stream);
    runtime_release_later(self->runtime);
    PyMem_Free(self);
}

static PyObject *cancel_quietly_body(js_call *call, jsrun_entry *entry) {
    jsrun_value promise, stream = jsrun_handle_get(entry, call->promise);
    bool pending;
    if (stream && jsrun_stream_cancel(entry, stream, &promise) == JSRUN_OK)
        (void)jsrun_settle(entry, promise, &pending, &promise); /* so its rejection is handled */
    return Py_NewRef(Py_None);
}

static void cancel_job(jsrun_entry *entry, void *data) {
    cancellation *self = data;
    js_call call = {.runtime = self->runtime,
                    .body = cancel_quietly_body,
                    .timeout = self->runtime->timeout,
                    .promise = self->stream};
    call_job(entry, &call);
    Py_XDECREF(call.result);
    Py_XDECREF(call.error);
    Py_XDECREF(call.interrupt);
    cancellation_free(self);
}

static void cancel_cancelled(void *data, jsrun_status Py_UNUSED(why)) { cancellation_free(data); }

static void cancel_quietly(stream_object *self) {
    jsrun_handle handle = take_handle(self);
    if (!handle_is_set(handle)) return;
    cancellation *cancellation = self->has_lock ? PyMem_Malloc(sizeof *cancellation) : NULL;
    if (!cancellation) {
        jsrun_handle_drop(self->runtime->runtime, handle);
        return;
    }
    cancellation->runtime = (runtime_object *)Py_NewRef((PyObject *)self->runtime);
    cancellation->stream = handle;
    if (jsrun_post(self->runtime->runtime, cancel_job, cancel_cancelled, cancellation) != JSRUN_OK)
        cancellation_free(cancellation);
}

PyDoc_STRVAR(abandon_doc,
             "abandon($self, /)\n--\n\n"
             "Nobody will read the stream any more. Cancel it if Python has its lock, without\n"
             "waiting.");

static PyObject *stream_abandon(PyObject *object, PyObject *Py_UNUSED(unused)) {
    cancel_quietly((stream_object *)object);
    return Py_NewRef(Py_None);
}

static PyObject *cancel_settled(js_call *Py_UNUSED(call), jsrun_entry *Py_UNUSED(entry),
                                jsrun_value Py_UNUSED(nothing)) {
    return Py_NewRef(Py_None);
}

static PyObject *cancel_body(js_call *call, jsrun_entry *entry) {
    stream_object *self = ((stream_call *)call)->stream;
    jsrun_value stream = jsrun_handle_get(entry, self->stream);
    if (!stream) return Py_NewRef(Py_None);
    jsrun_value promise;
    jsrun_status status = jsrun_stream_cancel(entry, stream, &promise);
    jsrun_handle_drop(call->runtime->runtime, take_handle(self));
    bool pending = false;
    if (status == JSRUN_OK) status = jsrun_settle(entry, promise, &pending, &promise);
    if (status != JSRUN_OK) {
        errors_raise(call->runtime, entry, status);
        return NULL;
    }
    if (!pending) return Py_NewRef(Py_None);
    call->settled = cancel_settled;
    (void)async_watch(call->async, entry, promise);
    return NULL;
}

PyDoc_STRVAR(cancel_doc, "cancel($self, /)\n--\n\n"
                         "Cancel the stream. The return value can be awaited, until that is done.");

static PyObject *stream_cancel(PyObject *object, PyObject *Py_UNUSED(unused)) {
    stream_object *self = (stream_object *)object;
    module_state *state = self->runtime->state;
    self->has_lock = true; /* unless a script has it */
    if (!handle_is_set(self->stream) || runtime_check(self->runtime) < 0 ||
        !async_is_possible(state)) {
        PyErr_Clear();
        cancel_quietly(self);
        return Py_NewRef(state->done);
    }
    stream_call *call = new_call(self, cancel_body);
    return call ? async_start(&call->call, clear_call, Py_None) : NULL;
}

/* --- the type --------------------------------------------------------------------------------- */

static int stream_traverse(PyObject *object, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(object));
    Py_VISIT((PyObject *)((stream_object *)object)->runtime);
    return 0;
}

static int stream_clear(PyObject *object) {
    stream_object *self = (stream_object *)object;
    if (self->runtime && self->is_read)
        cancel_quietly(self);
    else if (self->runtime && handle_is_set(self->stream))
        jsrun_handle_drop(self->runtime->runtime, take_handle(self));
    Py_CLEAR(self->runtime);
    return 0;
}

static void stream_dealloc(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    stream_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef stream_methods[] = {
    {"read", stream_read, METH_O, read_doc},
    {"drop", stream_drop, METH_NOARGS, drop_doc},
    {"abandon", stream_abandon, METH_NOARGS, abandon_doc},
    {"cancel", stream_cancel, METH_NOARGS, cancel_doc},
    {NULL},
};

PyDoc_STRVAR(stream_doc, "A ReadableStream of a runtime.");

static PyType_Slot stream_slots[] = {
    {Py_tp_doc, (char *)stream_doc}, {Py_tp_traverse, stream_traverse}, {Py_tp_clear, stream_clear},
    {Py_tp_dealloc, stream_dealloc}, {Py_tp_methods, stream_methods},   {0, NULL},
};

static PyType_Spec stream_spec = {
    .name = "jsrun._jsrun._Stream",
    .basicsize = sizeof(stream_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = stream_slots,
};

PyTypeObject *stream_type_new(PyObject *module) {
    PyTypeObject *type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &stream_spec, NULL);
    if (type) type->tp_new = NULL; /* they come from JavaScript */
    return type;
}
