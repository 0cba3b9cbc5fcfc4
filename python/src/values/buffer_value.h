/* A JsBuffer as a value: made for a JavaScript buffer, and turned back into it. */
#ifndef JSRUN_PYTHON_BUFFER_VALUE_H
#define JSRUN_PYTHON_BUFFER_VALUE_H

#include "base/path.h"
#include "base/runtime_object.h"

#include "jsrun/view.h"

typedef struct buffer_object {
    PyObject_HEAD PyObject *weak_references;
    runtime_object *runtime; /* strong; NULL once collected as garbage */
    jsrun_handle value;
    jsrun_view view; /* open until the end: its readers have a reference to this object */
} buffer_object;

/* Raises why a buffer cannot be viewed. */
void buffer_raise(runtime_object *runtime, jsrun_view_status status, const path_step *outer);

/* A JsBuffer for an ArrayBuffer, a SharedArrayBuffer, a typed array or a DataView. NULL with an
 * exception set. */
PyObject *buffer_from_js(runtime_object *runtime, jsrun_entry *entry, jsrun_value bytes,
                         const path_step *outer);

/* What a JsBuffer is in JavaScript. NULL without an exception: it has to be copied. */
jsrun_value buffer_to_js(runtime_object *runtime, jsrun_entry *entry, PyObject *object);

#endif
