#include "handlers/stream_sources.h"

#include "values/from_js.h"

PyObject *stream_sources_handler(runtime_object *runtime, jsrun_entry *entry,
                                 const jsrun_call_info *info) {
    PyObject *number = from_js(runtime, entry, info->arguments[0]);
    PyObject *pump = number ? PyDict_GetItemWithError(runtime->streams, number) : NULL;
    Py_XINCREF(pump);
    Py_XDECREF(number);
    PyObject *handler = NULL;
    if (!pump) {
        if (!PyErr_Occurred() && info->function == HOST_STREAM_PULL)
            PyErr_SetString(PyExc_RuntimeError, "the Python stream behind this one is gone");
    } else if (info->function == HOST_STREAM_DROPPED) {
        PyObject *dropped = PyObject_CallMethod(pump, "drop", NULL);
        if (!dropped) PyErr_WriteUnraisable(pump);
        Py_XDECREF(dropped);
    } else {
        handler = PyObject_CallMethod(pump, "handler", "s",
                                      info->function == HOST_STREAM_PULL ? "pull" : "cancel");
    }
    Py_XDECREF(pump);
    return handler;
}

void stream_sources_close(runtime_object *runtime) {
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

const char stream_sources_ended_doc[] = "_stream_ended(runtime, number, /)\n--\n\n"
                                        "No more chunks come from this PyStreamSource.";

PyObject *stream_sources_ended(PyObject *Py_UNUSED(module), PyObject *args) {
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

const char stream_sources_count_doc[] = "_stream_count(runtime, bytes, /)\n--\n\n"
                                        "This many bytes have gone to JavaScript.";

PyObject *stream_sources_count(PyObject *Py_UNUSED(module), PyObject *args) {
    PyObject *runtime;
    unsigned long long bytes;
    if (!PyArg_ParseTuple(args, "OK:_stream_count", &runtime, &bytes)) return NULL;
    ((runtime_object *)runtime)->stats.gauges[STATS_BYTES_STREAMED_PY_TO_JS] += bytes;
    return Py_NewRef(Py_None);
}

const char stream_sources_from_async_iterable_doc[] =
    "stream_from_async_iterable($self, iterable, /)\n--\n\n"
    "A PyStreamSource. Passed to JavaScript, it is a ReadableStream of what the iterable\n"
    "yields.\n"
    "\n"
    "The iterable is asked for a chunk when JavaScript reads one. One task of an asyncio\n"
    "loop does so: of the loop that runs where this is called, or else of the loop that the\n"
    "first read belongs to. If JavaScript cancels the stream, the iterator is closed\n"
    "(aclose()). What the iterator raises makes the stream fail.\n"
    "\n"
    "Raises TypeError if the object is not an async iterable.";

PyObject *stream_sources_from_async_iterable(PyObject *self, PyObject *iterable) {
    if (runtime_check((runtime_object *)self) < 0) return NULL;
    return PyObject_CallFunctionObjArgs(((runtime_object *)self)->state->py_stream_source, self,
                                        iterable, NULL);
}
