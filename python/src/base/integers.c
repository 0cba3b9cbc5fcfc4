#include "base/integers.h"

#include <stdbool.h>

/* 2^53 - 1. Up to here every integer has a Number of its own. */
#define MAX_SAFE_INTEGER 9007199254740991LL

/* Up to this many 64-bit words are kept on the C stack. */
enum { SHORT = 16 };

#if PY_VERSION_HEX >= 0x030D0000
static Py_ssize_t byte_count(PyObject *magnitude) {
    return PyLong_AsNativeBytes(magnitude, NULL, 0,
                                Py_ASNATIVEBYTES_LITTLE_ENDIAN | Py_ASNATIVEBYTES_UNSIGNED_BUFFER);
}

static int to_bytes(PyObject *magnitude, void *bytes, size_t size) {
    return PyLong_AsNativeBytes(magnitude, bytes, (Py_ssize_t)size,
                                Py_ASNATIVEBYTES_LITTLE_ENDIAN | Py_ASNATIVEBYTES_UNSIGNED_BUFFER) <
                   0
               ? -1
               : 0;
}

static PyObject *from_bytes(const void *bytes, size_t size) {
    return PyLong_FromUnsignedNativeBytes(bytes, size, Py_ASNATIVEBYTES_LITTLE_ENDIAN);
}
#else
static Py_ssize_t byte_count(PyObject *magnitude) {
    size_t bits = _PyLong_NumBits(magnitude);
    return bits == (size_t)-1 && PyErr_Occurred() ? -1 : (Py_ssize_t)(bits / 8 + 1);
}

static int to_bytes(PyObject *magnitude, void *bytes, size_t size) {
    return _PyLong_AsByteArray((PyLongObject *)magnitude, bytes, size, 1, 0);
}

static PyObject *from_bytes(const void *bytes, size_t size) {
    return _PyLong_FromByteArray(bytes, size, 1, 0);
}
#endif

/* The words of the C API are native integers. On a little-endian machine these are the bytes in
 * order. */
static void fix_byte_order(uint64_t *words, size_t count) {
#if PY_BIG_ENDIAN
    for (size_t i = 0; i < count; i++) words[i] = __builtin_bswap64(words[i]);
#else
    (void)words;
    (void)count;
#endif
}

static jsrun_value magnitude_to_js(jsrun_entry *entry, PyObject *magnitude, bool negative,
                                   size_t *bytes) {
    Py_ssize_t needed = byte_count(magnitude);
    if (needed < 0) return NULL;
    uint64_t on_stack[SHORT];
    uint64_t *words = on_stack;
    size_t count = ((size_t)needed + 7) / 8;
    if (count > SHORT && !(words = PyMem_Malloc(count * sizeof *words))) {
        PyErr_NoMemory();
        return NULL;
    }

    jsrun_value result = NULL;
    if (to_bytes(magnitude, words, count * sizeof *words) == 0) {
        fix_byte_order(words, count);
        while (count && !words[count - 1]) count--; /* the number of bytes leaves room for a sign */
        *bytes = count * sizeof *words;
        result = jsrun_bigint(entry, negative, words, count);
    }
    if (words != on_stack) PyMem_Free(words);
    return result;
}

static jsrun_value bigint_to_js(jsrun_entry *entry, PyObject *integer, bool negative,
                                size_t *bytes) {
    /* PyLong_Type's own function: a subclass may define another abs(). */
    PyObject *magnitude = PyLong_Type.tp_as_number->nb_absolute(integer);
    jsrun_value result = magnitude ? magnitude_to_js(entry, magnitude, negative, bytes) : NULL;
    Py_XDECREF(magnitude);
    return result;
}

jsrun_value integer_to_js(jsrun_entry *entry, PyObject *integer, size_t *bigint_bytes) {
    int32_t small;
    if (integer_is_short(integer, &small)) return jsrun_integer(entry, small);
    int overflow = 0;
    long long value = PyLong_AsLongLongAndOverflow(integer, &overflow);
    if (overflow) return bigint_to_js(entry, integer, overflow < 0, bigint_bytes);
    if (value == (int32_t)value) return jsrun_integer(entry, (int32_t)value);
    if (-MAX_SAFE_INTEGER <= value && value <= MAX_SAFE_INTEGER)
        return jsrun_number(entry, (double)value);
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    *bigint_bytes = sizeof magnitude;
    return jsrun_bigint(entry, value < 0, &magnitude, 1);
}

PyObject *integer_from_bigint(jsrun_value bigint) {
    size_t count = jsrun_bigint_word_count(bigint);
    uint64_t on_stack[SHORT];
    uint64_t *words = on_stack;
    if (count > SHORT && !(words = PyMem_Malloc(count * sizeof *words))) return PyErr_NoMemory();

    bool negative = false;
    jsrun_bigint_copy(bigint, &negative, words, count);
    fix_byte_order(words, count);
    PyObject *result = from_bytes(words, count * sizeof *words);
    if (result && negative) Py_SETREF(result, PyNumber_Negative(result));
    if (words != on_stack) PyMem_Free(words);
    return result;
}
