/* Streams as values: a jsrun.JsStream for a ReadableStream, and a ReadableStream for a
 * jsrun.PyStreamSource. Both classes are in jsrun/_streams.py and hold a _Stream, which refers to
 * the ReadableStream. */
#ifndef JSRUN_PYTHON_STREAM_VALUE_H
#define JSRUN_PYTHON_STREAM_VALUE_H

#include "base/path.h"
#include "base/runtime_object.h"

typedef struct stream_object {
    PyObject_HEAD runtime_object *runtime;
    jsrun_handle stream; /* {0, 0} once it is given up */
    bool is_read;        /* by Python: it belongs to a JsStream */
    bool has_lock;       /* a read was started, so only Python can read it */
} stream_object;

/* A JsStream. NULL with an exception set. */
PyObject *stream_from_js(runtime_object *runtime, jsrun_entry *entry, jsrun_value stream);

/* Whether `object` is a JsStream or a PyStreamSource. */
bool stream_check(module_state *state, PyObject *object);
/* The ReadableStream of such an object. NULL with an exception set. */
jsrun_value stream_to_js(runtime_object *runtime, jsrun_entry *entry, PyObject *object,
                         const path_step *outer);

#endif
