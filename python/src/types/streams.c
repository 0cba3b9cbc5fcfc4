#include "types/streams.h"

#include "calls/async_call.h"
#include "calls/call.h"
#include "values/from_js.h"
#include "base/handle.h"

#include "jsrun/stream.h"

typedef struct stream_object {
    PyObject_HEAD runtime_object *runtime;
    jsrun_handle stream; /* {0, 0} once let go of */
    bool is_read;        /* by Python: a JsStream's */
    bool has_lock;       /* a read has been started: nobody but Python can read it */
} stream_object;

/* --- reading ------------------------------------------------------------------------------------------ */

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

PyDoc_STRVAR(read_doc, "read($self, evaluation, /)\n--\n\n"
                       "Ask for the next chunk: evaluation._complete(failed, outcome) tells it.");

static PyObject *stream_read(PyObject *object, PyObject *evaluation) {
    stream_object *self = (stream_object *)object;
    stream_call *call = new_call(self, read_body);
    if (!call) return NULL;
    self->has_lock = true;
    if (async_start_for(&call->call, clear_call, evaluation) < 0) return NULL;
    return Py_NewRef(Py_None);
}

/* --- letting go ---------------------------------------------------------------------------------------- */

/* The handle, which is not the stream's any more. */
static jsrun_handle take_handle(stream_object *self) {
    jsrun_handle handle = self->stream;
    self->stream = (jsrun_handle){0, 0};
    if (handle_is_set(handle) && self->is_read) {
        self->runtime->stats.gauges[STATS_OPEN_RESOURCES]--;
        self->runtime->stats.gauges[STATS_ACTIVE_JS_STREAMS]--;
    }
    return handle;
}

PyDoc_STRVAR(drop_doc, "drop($self, /)\n--\n\nLet go of a stream that has ended.");

static PyObject *stream_drop(PyObject *object, PyObject *Py_UNUSED(unused)) {
    stream_object *self = (stream_object *)object;
    jsrun_handle handle = take_handle(self);
    if (handle_is_set(handle)) jsrun_handle_drop(self->runtime->runtime, handle);
    return Py_NewRef(Py_None);
}

/* Cancelling a stream that nobody waits for. */
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
        (void)jsrun_settle(entry, promise, &pending, &promise); /* its rejection is handled */
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
             "Nobody will read the stream any more: cancel it if Python has its lock, without\n"
             "waiting for that.");

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
        call_raise(call->runtime, entry, status);
        return NULL;
    }
    if (!pending) return Py_NewRef(Py_None);
    call->settled = cancel_settled;
    (void)async_watch(call->async, entry, promise);
    return NULL;
}

PyDoc_STRVAR(cancel_doc, "cancel($self, /)\n--\n\n"
                         "Cancel the stream; what is returned can be awaited for the end of that.");

static PyObject *stream_cancel(PyObject *object, PyObject *Py_UNUSED(unused)) {
    stream_object *self = (stream_object *)object;
    module_state *state = self->runtime->state;
    self->has_lock = true; /* if a script does not have it */
    if (!handle_is_set(self->stream) || runtime_check(self->runtime) < 0 ||
        !async_is_possible(state)) {
        PyErr_Clear();
        cancel_quietly(self);
        return Py_NewRef(state->done);
    }
    stream_call *call = new_call(self, cancel_body);
    return call ? async_start(&call->call, clear_call, Py_None) : NULL;
}

/* --- values ------------------------------------------------------------------------------------------- */

static stream_object *stream_new(runtime_object *runtime, jsrun_entry *entry, jsrun_value stream) {
    PyTypeObject *type = runtime->state->stream_type;
    stream_object *self = (stream_object *)type->tp_alloc(type, 0);
    if (!self) return NULL;
    self->runtime = (runtime_object *)Py_NewRef((PyObject *)runtime);
    self->stream = jsrun_handle_new(entry, stream);
    if (handle_is_set(self->stream)) return self;
    Py_DECREF(self);
    PyErr_NoMemory();
    return NULL;
}

PyObject *streams_from_js(runtime_object *runtime, jsrun_entry *entry, jsrun_value stream) {
    stream_object *self = stream_new(runtime, entry, stream);
    if (!self) return NULL;
    self->is_read = true;
    runtime->stats.gauges[STATS_OPEN_RESOURCES]++;
    runtime->stats.gauges[STATS_ACTIVE_JS_STREAMS]++;
    runtime->stats.gauges[STATS_TOTAL_JS_STREAMS]++;
    PyObject *result = PyObject_CallOneArg(runtime->state->js_stream, (PyObject *)self);
    Py_DECREF(self);
    return result;
}

bool streams_are(module_state *state, PyObject *object) {
    return (PyObject *)Py_TYPE(object) == state->js_stream ||
           (PyObject *)Py_TYPE(object) == state->py_stream_source;
}

/* A ReadableStream for a PyStreamSource that has none yet. */
static stream_object *make_stream(runtime_object *runtime, jsrun_entry *entry, PyObject *source) {
    if (++runtime->last_stream > INT32_MAX) runtime->last_stream = 1;
    PyObject *number = PyLong_FromUnsignedLong(runtime->last_stream);
    PyObject *pump = number ? PyObject_CallMethod(source, "_open", "O", number) : NULL;
    stream_object *result = NULL;
    if (pump && PyDict_SetItem(runtime->streams, number, pump) == 0) {
        runtime->stats.gauges[STATS_ACTIVE_PY_STREAMS]++;
        runtime->stats.gauges[STATS_TOTAL_PY_STREAMS]++;
        jsrun_value stream = jsrun_stream_new(entry, runtime->last_stream);
        if (stream)
            result = stream_new(runtime, entry, stream);
        else
            call_raise(runtime, entry, JSRUN_NO_MEMORY);
    }
    Py_XDECREF(number);
    Py_XDECREF(pump);
    if (result && PyObject_SetAttrString(source, "_stream", (PyObject *)result) < 0)
        Py_CLEAR(result);
    return result;
}

jsrun_value streams_to_js(runtime_object *runtime, jsrun_entry *entry, PyObject *object,
                          const path_step *outer) {
    module_state *state = runtime->state;
    PyObject *held = PyObject_GetAttrString(object, "_stream");
    if (!held) return NULL;
    if (held == Py_None) { /* a PyStreamSource's first time */
        Py_DECREF(held);
        PyObject *owner = PyObject_GetAttrString(object, "_runtime");
        bool ours = owner == (PyObject *)runtime;
        Py_XDECREF(owner);
        held = ours ? (PyObject *)make_stream(runtime, entry, object) : Py_NewRef(Py_None);
        if (!held) return NULL;
    }
    stream_object *stream = (stream_object *)held;
    jsrun_value value = NULL;
    if (held == Py_None || stream->runtime != runtime) {
        path_raise(
            state->errors[ERROR_CONVERSION],
            PyUnicode_FromFormat("the %s is of another runtime", _PyType_Name(Py_TYPE(object))),
            outer);
    } else if (!(value = jsrun_handle_get(entry, stream->stream))) {
        path_raise(state->errors[ERROR_CONVERSION],
                   PyUnicode_FromFormat("the %s is closed", _PyType_Name(Py_TYPE(object))), outer);
    }
    Py_DECREF(held);
    return value;
}

/* --- what JavaScript asks of a PyStreamSource ------------------------------------------------------------ */

bool streams_is_called(uint32_t function) {
    return function >= STREAMS_PULL && function <= STREAMS_DROPPED;
}

PyObject *streams_handler(runtime_object *runtime, jsrun_entry *entry,
                          const jsrun_call_info *info) {
    PyObject *number = from_js(runtime, entry, info->arguments[0]);
    PyObject *pump = number ? PyDict_GetItemWithError(runtime->streams, number) : NULL;
    Py_XINCREF(pump);
    Py_XDECREF(number);
    PyObject *handler = NULL;
    if (!pump) {
        if (!PyErr_Occurred() && info->function == STREAMS_PULL)
            PyErr_SetString(PyExc_RuntimeError, "the Python stream behind this one is gone");
    } else if (info->function == STREAMS_DROPPED) {
        PyObject *dropped = PyObject_CallMethod(pump, "drop", NULL);
        if (!dropped) PyErr_WriteUnraisable(pump);
        Py_XDECREF(dropped);
    } else {
        handler = PyObject_CallMethod(pump, "handler", "s",
                                      info->function == STREAMS_PULL ? "pull" : "cancel");
    }
    Py_XDECREF(pump);
    return handler;
}

void streams_close(runtime_object *runtime) {
    if (!runtime->streams || !PyDict_GET_SIZE(runtime->streams)) return;
    PyObject *pumps = PyDict_Values(runtime->streams);
    PyDict_Clear(runtime->streams);
    for (Py_ssize_t i = 0; pumps && i < PyList_GET_SIZE(pumps); i++) {
        PyObject *dropped = PyObject_CallMethod(PyList_GET_ITEM(pumps, i), "drop", NULL);
        if (!dropped) PyErr_WriteUnraisable((PyObject *)runtime);
        Py_XDECREF(dropped);
    }
    Py_XDECREF(pumps);
}

const char streams_ended_doc[] = "_stream_ended(runtime, number, /)\n--\n\n"
                                 "No more chunks come from this PyStreamSource.";

PyObject *streams_ended(PyObject *Py_UNUSED(module), PyObject *args) {
    PyObject *runtime_arg, *number;
    if (!PyArg_ParseTuple(args, "OO:_stream_ended", &runtime_arg, &number)) return NULL;
    runtime_object *runtime = (runtime_object *)runtime_arg;
    int known = PyDict_Contains(runtime->streams, number);
    if (known > 0) {
        known = PyDict_DelItem(runtime->streams, number);
        runtime->stats.gauges[STATS_ACTIVE_PY_STREAMS]--;
    }
    return known < 0 ? NULL : Py_NewRef(Py_None);
}

const char streams_count_doc[] = "_stream_count(runtime, bytes, /)\n--\n\n"
                                 "So many bytes have gone to JavaScript.";

PyObject *streams_count(PyObject *Py_UNUSED(module), PyObject *args) {
    PyObject *runtime;
    unsigned long long bytes;
    if (!PyArg_ParseTuple(args, "OK:_stream_count", &runtime, &bytes)) return NULL;
    ((runtime_object *)runtime)->stats.gauges[STATS_BYTES_STREAMED_PY_TO_JS] += bytes;
    return Py_NewRef(Py_None);
}

const char streams_from_async_iterable_doc[] =
    "stream_from_async_iterable($self, iterable, /)\n--\n\n"
    "A PyStreamSource: where it is passed to JavaScript, it is a ReadableStream of what the\n"
    "iterable yields.\n"
    "\n"
    "The iterable is asked for a chunk when JavaScript reads one, as one task of the asyncio\n"
    "loop that runs where this is called, or else of the one that the first read belongs to.\n"
    "When JavaScript cancels the stream, the iterator is closed (aclose()); what the iterator\n"
    "raises fails the stream. Raises TypeError for what is not an async iterable.";

PyObject *streams_from_async_iterable(PyObject *self, PyObject *iterable) {
    if (runtime_check((runtime_object *)self) < 0) return NULL;
    return PyObject_CallFunctionObjArgs(((runtime_object *)self)->state->py_stream_source, self,
                                        iterable, NULL);
}

/* --- the type ----------------------------------------------------------------------------------------- */

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
    if (type) type->tp_new = NULL; /* they come from JavaScript only */
    return type;
}
