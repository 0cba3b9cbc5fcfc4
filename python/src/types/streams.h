/* Streams between the two: a jsrun.JsStream for a ReadableStream, and a ReadableStream for a jsrun.PyStreamSource. The
 * classes are in jsrun/_streams.py; here is what they do with the runtime. */
#ifndef JSRUN_PYTHON_STREAMS_H
#define JSRUN_PYTHON_STREAMS_H

#include "base/path.h"
#include "types/runtime.h"

/* The numbers of the host functions that jsrun/stream.h asks for. */
#define STREAMS_PULL (UINT32_MAX - 7)
#define STREAMS_CANCEL (UINT32_MAX - 6)
#define STREAMS_DROPPED (UINT32_MAX - 5)

/* What JsStream and PyStreamSource hold: a ReadableStream. */
PyTypeObject *stream_type_new(PyObject *module);

/* A JsStream; NULL with an exception set. */
PyObject *streams_from_js(runtime_object *runtime, jsrun_entry *entry, jsrun_value stream);

/* Whether it is a JsStream or a PyStreamSource; then this is its ReadableStream, or NULL with an exception set. */
bool streams_are(module_state *state, PyObject *object);
jsrun_value streams_to_js(runtime_object *runtime, jsrun_entry *entry, PyObject *object,
                          const path_step *outer);

/* Whether JavaScript calls one of the functions for streams; */
bool streams_is_called(uint32_t function);
/* then this is what handlers.c is to call: a tuple of an async handler and the scope to call it with or None. NULL without an
 * exception: nothing. */
PyObject *streams_handler(runtime_object *runtime, jsrun_entry *entry, const jsrun_call_info *info);

/* The runtime has closed: ends what makes chunks for it. */
void streams_close(runtime_object *runtime);

PyObject *streams_from_async_iterable(PyObject *self, PyObject *iterable);
extern const char streams_from_async_iterable_doc[];

/* _stream_ended(runtime, number), _stream_count(runtime, bytes): for PyStreamSources. */
PyObject *streams_ended(PyObject *module, PyObject *args);
extern const char streams_ended_doc[];
PyObject *streams_count(PyObject *module, PyObject *args);
extern const char streams_count_doc[];

#endif
