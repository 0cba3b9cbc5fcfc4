/* The type JsBuffer: the memory of a buffer of JavaScript's, in place. */
#ifndef JSRUN_PYTHON_BUFFER_H
#define JSRUN_PYTHON_BUFFER_H

#include "base/path.h"
#include "types/runtime.h"

PyTypeObject *buffer_type_new(PyObject *module);

/* A JsBuffer for an ArrayBuffer, a SharedArrayBuffer, a typed array or a DataView. NULL with an exception set. */
PyObject *buffer_from_js(runtime_object *runtime, jsrun_entry *entry, jsrun_value bytes,
                         const path_step *outer);

/* What a JsBuffer is in JavaScript; NULL without an exception: it is to be copied. */
jsrun_value buffer_to_js(runtime_object *runtime, jsrun_entry *entry, PyObject *object);

PyObject *buffer_create_method(PyObject *self, PyObject *size);
extern const char buffer_create_doc[];

#endif
