/* Strings, between CPython's compact forms and V8's one-byte and two-byte strings. */
#ifndef JSRUN_PYTHON_UNICODE_H
#define JSRUN_PYTHON_UNICODE_H

#include "base/cpython.h"

#include <stdbool.h>

#include "jsrun/value.h"

/* The size of `string` in V8, in bytes: the number of its UTF-16 code units times their size
 * there. */
size_t string_size(PyObject *string);

/* NULL with an exception set. */
jsrun_value string_to_js(jsrun_entry *entry, PyObject *string);
/* The same, and sets *size to string_size(). NULL without an exception: that is more than
 * `most`. */
jsrun_value string_to_js_within(jsrun_entry *entry, PyObject *string, size_t most, size_t *size);
PyObject *string_from_js(jsrun_entry *entry, jsrun_value string);

/* --- without the GIL -------------------------------------------------------------------------- */

/* Whether text_to_js() accepts the string. Needs the GIL. */
bool text_is_direct(PyObject *string);
/* NULL: string_to_js() raises why. */
jsrun_value text_to_js(jsrun_entry *entry, PyObject *string);

/* Longer texts are copied only once, into Python's own string. */
enum { JS_TEXT_BYTES = 4096 };

/* The characters of a JavaScript string. */
typedef struct js_text {
    void *characters; /* `few`, or owned */
    size_t length;
    bool is_latin1;
    uint16_t few[16];
} js_text;

/* False: it is too long, or there is no memory. */
bool text_start(jsrun_entry *entry, jsrun_value string, js_text *text);
/* Needs the GIL. NULL with an exception set. One of these two functions must be called, once. */
PyObject *text_finish(js_text *text);
void text_drop(js_text *text);

#endif
