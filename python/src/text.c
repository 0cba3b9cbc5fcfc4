#include "text.h"

#include "jsrun/execute.h"

#include <string.h>

/* Up to this many characters go by way of the C stack. */
enum { SHORT = 512 };

static int ready(PyObject *string) {
#if PY_VERSION_HEX < 0x030C0000
    return PyUnicode_READY(string);
#else
    (void)string;
    return 0;
#endif
}

static size_t astral_count(const Py_UCS4 *characters, size_t length) {
    size_t count = 0;
    for (size_t i = 0; i < length; i++) count += characters[i] > 0xFFFF;
    return count;
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
        return (length + astral_count(PyUnicode_4BYTE_DATA(string), length)) * 2;
    }
}

static jsrun_value astral_to_js(jsrun_entry *entry, const Py_UCS4 *characters, size_t length) {
    uint16_t on_stack[SHORT] = {0};
    uint16_t *units = on_stack;
    size_t count = length + astral_count(characters, length);
    if (count > SHORT && !(units = PyMem_Malloc(count * sizeof *units))) return NULL;

    uint16_t *to = units;
    for (size_t i = 0; i < length; i++) {
        if (characters[i] <= 0xFFFF) {
            *to++ = (uint16_t)characters[i];
        } else {
            *to++ = Py_UNICODE_HIGH_SURROGATE(characters[i]);
            *to++ = Py_UNICODE_LOW_SURROGATE(characters[i]);
        }
    }
    jsrun_value value = jsrun_string_utf16(entry, units, count);
    if (units != on_stack) PyMem_Free(units);
    return value;
}

jsrun_value string_to_js(jsrun_entry *entry, PyObject *string) {
    if (ready(string) < 0) return NULL;
    size_t length = (size_t)PyUnicode_GET_LENGTH(string);
    jsrun_value value;
    switch (PyUnicode_KIND(string)) {
    case PyUnicode_1BYTE_KIND:
        value = jsrun_string_latin1(entry, PyUnicode_1BYTE_DATA(string), length);
        break;
    case PyUnicode_2BYTE_KIND:
        value = jsrun_string_utf16(entry, PyUnicode_2BYTE_DATA(string), length);
        break;
    default:
        value = astral_to_js(entry, PyUnicode_4BYTE_DATA(string), length);
        break;
    }
    if (!value)
        PyErr_Format(PyExc_MemoryError, "a string of %zu characters is too long for JavaScript",
                     length);
    return value;
}

/* In words of 8 bytes, and in blocks of them: a block that is not ASCII ends it. */
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
    /* Python has two kinds of these, of which ASCII has the smaller header. The beginning tells which it will be, as a
     * rule; if not, it is copied once more. */
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

static inline bool is_pair(const uint16_t *units, size_t at, size_t length) {
    return Py_UNICODE_IS_HIGH_SURROGATE(units[at]) && at + 1 < length &&
           Py_UNICODE_IS_LOW_SURROGATE(units[at + 1]);
}

static PyObject *utf16_decode(const uint16_t *units, size_t length) {
    size_t pairs = 0;
    for (size_t i = 0; i < length; i++) pairs += is_pair(units, i, length);
    /* Narrows the string if it can. */
    if (!pairs) return PyUnicode_FromKindAndData(PyUnicode_2BYTE_KIND, units, (Py_ssize_t)length);

    PyObject *result = PyUnicode_New((Py_ssize_t)(length - pairs), 0x10FFFF);
    if (!result) return NULL;
    Py_UCS4 *to = PyUnicode_4BYTE_DATA(result);
    for (size_t i = 0; i < length; i++) {
        if (is_pair(units, i, length)) {
            *to++ = Py_UNICODE_JOIN_SURROGATES(units[i], units[i + 1]);
            i++;
        } else {
            *to++ = units[i];
        }
    }
    return result;
}

static PyObject *utf16_from_js(jsrun_entry *entry, jsrun_value string, size_t length) {
    uint16_t on_stack[SHORT];
    uint16_t *units = on_stack;
    if (length > SHORT && !(units = PyMem_Malloc(length * sizeof *units))) return PyErr_NoMemory();
    jsrun_string_copy_utf16(entry, string, units);
    PyObject *result = utf16_decode(units, length);
    if (units != on_stack) PyMem_Free(units);
    return result;
}

PyObject *string_from_js(jsrun_entry *entry, jsrun_value string) {
    if (!string) return PyErr_NoMemory();
    size_t length = jsrun_string_length(string);
    PyObject *result = jsrun_string_is_latin1(string) ? latin1_from_js(entry, string, length)
                                                      : utf16_from_js(entry, string, length);
    if (jsrun_entry_is_alive(entry)) return result;
    Py_XDECREF(result); /* the characters were not to be had */
    return PyErr_NoMemory();
}
