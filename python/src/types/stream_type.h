/* The type _Stream: a ReadableStream, as JsStream and PyStreamSource hold it. */
#ifndef JSRUN_PYTHON_STREAM_TYPE_H
#define JSRUN_PYTHON_STREAM_TYPE_H

#include "base/cpython.h"

PyTypeObject *stream_type_new(PyObject *module);

#endif
