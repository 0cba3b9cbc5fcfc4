/* Strings, between CPython's compact kinds and V8's one-byte and two-byte ones. */
#ifndef JSRUN_PYTHON_TEXT_H
#define JSRUN_PYTHON_TEXT_H

#include "cpython.h"

#include "jsrun/value.h"

/* How many UTF-16 code units `string` has, times their size in V8: its size there, in bytes. */
size_t string_size(PyObject *string);

/* NULL with an exception set. */
jsrun_value string_to_js(jsrun_entry *entry, PyObject *string);
/* The same if string_size() is known. */
jsrun_value string_to_js_sized(jsrun_entry *entry, PyObject *string, size_t size);
PyObject *string_from_js(jsrun_entry *entry, jsrun_value string);

#endif
