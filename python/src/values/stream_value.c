#include "values/stream_value.h"

#include "base/errors.h"
#include "base/handle.h"

#include "jsrun/stream.h"

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

PyObject *stream_from_js(runtime_object *runtime, jsrun_entry *entry, jsrun_value stream) {
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

bool stream_check(module_state *state, PyObject *object) {
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
            errors_raise(runtime, entry, JSRUN_NO_MEMORY);
    }
    Py_XDECREF(number);
    Py_XDECREF(pump);
    if (result && PyObject_SetAttrString(source, "_stream", (PyObject *)result) < 0)
        Py_CLEAR(result);
    return result;
}

jsrun_value stream_to_js(runtime_object *runtime, jsrun_entry *entry, PyObject *object,
                         const path_step *outer) {
    module_state *state = runtime->state;
    PyObject *held = PyObject_GetAttrString(object, "_stream");
    if (!held) return NULL;
    if (held == Py_None) { /* the PyStreamSource is passed for the first time */
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
