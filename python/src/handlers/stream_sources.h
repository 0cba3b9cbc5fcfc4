/* PyStreamSources: what Python does for ReadableStreams whose chunks it makes. */
#ifndef JSRUN_PYTHON_STREAM_SOURCES_H
#define JSRUN_PYTHON_STREAM_SOURCES_H

#include "base/function_numbers.h"
#include "base/runtime_object.h"

/* Whether JavaScript calls one of the functions for streams. */
static inline bool stream_sources_is_called(uint32_t function) {
    return function >= HOST_STREAM_PULL && function <= HOST_STREAM_DROPPED;
}
/* What such a call means for handlers.c: a tuple of an async handler and the scope to call it in,
 * or None. NULL without an exception: nothing has to be called. */
PyObject *stream_sources_handler(runtime_object *runtime, jsrun_entry *entry,
                                 const jsrun_call_info *info);

/* The runtime has closed: ends the tasks that make chunks for it. */
void stream_sources_close(runtime_object *runtime);

PyObject *stream_sources_from_async_iterable(PyObject *self, PyObject *iterable);
extern const char stream_sources_from_async_iterable_doc[];

/* _stream_ended(runtime, number), _stream_count(runtime, bytes): for PyStreamSource. */
PyObject *stream_sources_ended(PyObject *module, PyObject *args);
extern const char stream_sources_ended_doc[];
PyObject *stream_sources_count(PyObject *module, PyObject *args);
extern const char stream_sources_count_doc[];

#endif
