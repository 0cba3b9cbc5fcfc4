#include "base/unicode.h"

#include "base/utf16.h"

#include "jsrun/execute.h"

#include <stdlib.h>
#include <string.h>

/* Up to this many characters are kept on the C stack. */
enum { SHORT = 512 };

static int ready(PyObject *string) {
#if PY_VERSION_HEX < 0x030C0000
    return PyUnicode_READY(string);
#else
    (void)string;
    return 0;
#endif
}

size_t string_size(PyObject *string) {
    if (ready(string) < 0) {
        PyErr_Clear();
        return 0;
    }
    size_t length = (size_t)PyUnicode_GET_LENGTH(string);
    switch (PyUnicode_KIND(string)) {
    case PyUnicode_1BYTE_KIND:
        return length;
    case PyUnicode_2BYTE_KIND:
        return length * 2;
    default:
        return (length + utf16_count_astral(PyUnicode_4BYTE_DATA(string), length)) * 2;
    }
}

/* Twice the length is usually more than the text needs. The part that is not needed is never
 * touched, and to count first would take half as long again. */
static jsrun_value astral_to_js(jsrun_entry *entry, const Py_UCS4 *characters, size_t length,
                                size_t most, size_t *size) {
    uint16_t on_stack[SHORT + 1];
    uint16_t *units = on_stack;
    if (2 * length > SHORT && !(units = PyMem_Malloc((2 * length + 1) * sizeof *units)))
        return NULL;
    size_t count = utf16_encode(characters, length, units);
    *size = count * sizeof *units;
    jsrun_value value = *size <= most ? jsrun_string_utf16(entry, units, count) : NULL;
    if (units != on_stack) PyMem_Free(units);
    return value;
}

bool text_is_direct(PyObject *string) {
    return ready(string) == 0 && PyUnicode_KIND(string) != PyUnicode_4BYTE_KIND;
}

jsrun_value text_to_js(jsrun_entry *entry, PyObject *string) {
    size_t length = (size_t)PyUnicode_GET_LENGTH(string);
    return PyUnicode_KIND(string) == PyUnicode_1BYTE_KIND
               ? jsrun_string_latin1(entry, PyUnicode_1BYTE_DATA(string), length)
               : jsrun_string_utf16(entry, PyUnicode_2BYTE_DATA(string), length);
}

jsrun_value string_to_js_within(jsrun_entry *entry, PyObject *string, size_t most, size_t *size) {
    *size = 0;
    if (ready(string) < 0) return NULL;
    size_t length = (size_t)PyUnicode_GET_LENGTH(string);
    jsrun_value value = NULL;
    if (PyUnicode_KIND(string) == PyUnicode_4BYTE_KIND) {
        value = astral_to_js(entry, PyUnicode_4BYTE_DATA(string), length, most, size);
    } else {
        *size = length * (size_t)PyUnicode_KIND(string);
        if (*size <= most) value = text_to_js(entry, string);
    }
    if (!value && *size <= most)
        PyErr_Format(PyExc_MemoryError, "a string of %zu characters is too long for JavaScript",
                     length);
    return value;
}

jsrun_value string_to_js(jsrun_entry *entry, PyObject *string) {
    size_t size;
    return string_to_js_within(entry, string, SIZE_MAX, &size);
}

/* Looks at words of 8 bytes, in blocks of them. A block that is not ASCII ends the search. */
static bool is_ascii(const uint8_t *characters, size_t length) {
    enum { BLOCK = 64 };
    size_t at = 0;
    for (; at + BLOCK <= length; at += BLOCK) {
        uint64_t words[BLOCK / 8], all = 0;
        memcpy(words, characters + at, BLOCK);
        for (size_t i = 0; i < BLOCK / 8; i++) all |= words[i];
        if (all & 0x8080808080808080u) return false;
    }
    for (; at < length; at++)
        if (characters[at] & 0x80) return false;
    return true;
}

static PyObject *latin1_new(size_t length, bool ascii) {
    return PyUnicode_New((Py_ssize_t)length, ascii ? 0x7F : 0xFF);
}

static PyObject *latin1_from_js(jsrun_entry *entry, jsrun_value string, size_t length) {
    if (length <= SHORT) {
        uint8_t characters[SHORT];
        jsrun_string_copy_latin1(entry, string, characters);
        return PyUnicode_FromKindAndData(PyUnicode_1BYTE_KIND, characters, (Py_ssize_t)length);
    }
    /* Python has two forms of these strings, and ASCII has the smaller header. The start of the
     * text usually tells which one it will be; if it does not, the text is copied once more. */
    uint8_t beginning[SHORT];
    jsrun_string_copy_part_latin1(entry, string, SHORT, beginning);
    bool ascii = is_ascii(beginning, SHORT);
    PyObject *result = latin1_new(length, ascii);
    if (!result) return NULL;
    jsrun_string_copy_latin1(entry, string, PyUnicode_1BYTE_DATA(result));
    if (is_ascii(PyUnicode_1BYTE_DATA(result), length) == ascii) return result;
    PyObject *other = latin1_new(length, !ascii);
    if (other) memcpy(PyUnicode_1BYTE_DATA(other), PyUnicode_1BYTE_DATA(result), length);
    Py_DECREF(result);
    return other;
}

/* Allocates exactly as many characters as there are. Room for more would be a new mapping each
 * time, and to have its pages cleared by the system takes longer than to count. */
static PyObject *decode(const uint16_t *units, size_t length, size_t pairs) {
    PyObject *result = PyUnicode_New((Py_ssize_t)(length - pairs), 0x10FFFF);
    if (result) utf16_decode(units, length, PyUnicode_4BYTE_DATA(result));
    return result;
}

static PyObject *units_to_str(const uint16_t *units, size_t length) {
    size_t pairs = utf16_count_pairs(units, length);
    if (pairs) return decode(units, length, pairs);
    /* Narrows the string if that is possible. */
    return PyUnicode_FromKindAndData(PyUnicode_2BYTE_KIND, units, (Py_ssize_t)length);
}

static PyObject *short_utf16_from_js(jsrun_entry *entry, jsrun_value string, size_t length) {
    uint16_t units[SHORT] = {0};
    jsrun_string_copy_utf16(entry, string, units);
    return units_to_str(units, length);
}

/* Which form Python uses depends on all characters of the text; the start of it usually tells. If
 * it has no pair, the text is taken to be UCS-2 and is looked at while it is copied: Latin-1 in
 * such strings is rare. */
static PyObject *long_utf16_from_js(const uint16_t *units, size_t length) {
    if (utf16_has_pair(units, SHORT))
        return decode(units, length, utf16_count_pairs(units, length));
    PyObject *result = PyUnicode_New((Py_ssize_t)length, 0xFFFF);
    if (!result) return NULL;
    uint16_t *to = PyUnicode_2BYTE_DATA(result), bits = 0;
    size_t plain = utf16_copy_plain(units, length, to, &bits);
    if (plain < length) {
        size_t pairs = utf16_count_pairs(units + plain, length - plain);
        if (pairs) {
            Py_DECREF(result);
            return decode(units, length, pairs);
        }
        memcpy(to + plain, units + plain, (length - plain) * sizeof *to);
        return result;
    }
    if (bits > 0xFF) return result;
    Py_DECREF(result);
    return PyUnicode_FromKindAndData(PyUnicode_2BYTE_KIND, units, (Py_ssize_t)length);
}

static PyObject *utf16_from_js(jsrun_entry *entry, jsrun_value string, size_t length) {
    if (length <= SHORT) return short_utf16_from_js(entry, string, length);
    jsrun_units units;
    if (!jsrun_units_open(entry, string, &units)) return PyErr_NoMemory();
    PyObject *result = long_utf16_from_js(units.units, length);
    jsrun_units_close(&units);
    return result;
}

bool text_start(jsrun_entry *entry, jsrun_value string, js_text *text) {
    text->length = jsrun_string_length(string);
    text->is_latin1 = jsrun_string_is_latin1(string);
    size_t size = text->length * (text->is_latin1 ? 1 : sizeof(uint16_t));
    if (size > JS_TEXT_BYTES) return false;
    text->characters = size <= sizeof text->few ? text->few : malloc(size);
    if (!text->characters) return false;
    if (text->is_latin1)
        jsrun_string_copy_latin1(entry, string, text->characters);
    else
        jsrun_string_copy_utf16(entry, string, text->characters);
    if (jsrun_entry_is_alive(entry)) return true;
    text_drop(text); /* the characters could not be read */
    return false;
}

void text_drop(js_text *text) {
    if (text->characters != text->few) free(text->characters);
}

PyObject *text_finish(js_text *text) {
    Py_ssize_t length = (Py_ssize_t)text->length;
    PyObject *result =
        text->is_latin1 ? PyUnicode_FromKindAndData(PyUnicode_1BYTE_KIND, text->characters, length)
                        : units_to_str(text->characters, text->length);
    text_drop(text);
    return result;
}

PyObject *string_from_js(jsrun_entry *entry, jsrun_value string) {
    if (!string) return PyErr_NoMemory();
    size_t length = jsrun_string_length(string);
    PyObject *result = jsrun_string_is_latin1(string) ? latin1_from_js(entry, string, length)
                                                      : utf16_from_js(entry, string, length);
    if (jsrun_entry_is_alive(entry)) return result;
    Py_XDECREF(result); /* the characters could not be read */
    return PyErr_NoMemory();
}
