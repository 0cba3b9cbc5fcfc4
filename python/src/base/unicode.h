/* Strings, between CPython's compact kinds and V8's one-byte and two-byte ones. */
#ifndef JSRUN_PYTHON_UNICODE_H
#define JSRUN_PYTHON_UNICODE_H

#include "base/cpython.h"

#include <stdbool.h>

#include "jsrun/value.h"

/* How many UTF-16 code units `string` has, times their size in V8: its size there, in bytes. */
size_t string_size(PyObject *string);

/* NULL with an exception set. */
jsrun_value string_to_js(jsrun_entry *entry, PyObject *string);
/* The same, and *size is its string_size(). If that is more than `most`: NULL without an exception. */
jsrun_value string_to_js_within(jsrun_entry *entry, PyObject *string, size_t most, size_t *size);
PyObject *string_from_js(jsrun_entry *entry, jsrun_value string);

/* --- without the GIL ---------------------------------------------------------------------------------- */

/* With the GIL: whether text_to_js() takes it. */
bool text_is_direct(PyObject *string);
/* NULL: string_to_js() tells why. */
jsrun_value text_to_js(jsrun_entry *entry, PyObject *string);

/* Of longer ones there are to be no copies but Python's own. */
enum { JS_TEXT_BYTES = 4096 };

/* The characters of a string of JavaScript's. */
typedef struct js_text {
    void *characters; /* `few`, or owned */
    size_t length;
    bool is_latin1;
    uint16_t few[16];
} js_text;

/* False: it is too long, or there is no memory. */
bool text_begin(jsrun_entry *entry, jsrun_value string, js_text *text);
/* With the GIL: NULL with an exception set. One of the two, once. */
PyObject *text_finish(js_text *text);
void text_drop(js_text *text);

#endif
