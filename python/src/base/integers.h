/* Integers. JavaScript's safe integers are Numbers, and all beyond are BigInts. */
#ifndef JSRUN_PYTHON_INTEGERS_H
#define JSRUN_PYTHON_INTEGERS_H

#include "base/cpython.h"

#include <stdbool.h>

#include "jsrun/value.h"

/* Whether it is an int, not of a subclass, with one digit. Most are. */
static inline bool integer_is_short(PyObject *object, int32_t *value) {
    if (!PyLong_CheckExact(object)) return false;
#if PY_VERSION_HEX >= 0x030C0000
    if (!PyUnstable_Long_IsCompact((PyLongObject *)object)) return false;
    *value = (int32_t)PyUnstable_Long_CompactValue((PyLongObject *)object);
#else
    Py_ssize_t digits = Py_SIZE(object); /* with the sign of the number */
    if (digits < -1 || digits > 1) return false;
    *value = digits ? (int32_t)digits * (int32_t)((PyLongObject *)object)->ob_digit[0] : 0;
#endif
    return true;
}

/* *bigint_bytes: the size of the digits, if it becomes a BigInt. NULL with an exception set, or
 * without one if the integer is too large for a BigInt. */
jsrun_value integer_to_js(jsrun_entry *entry, PyObject *integer, size_t *bigint_bytes);
/* NULL with an exception set. */
PyObject *integer_from_bigint(jsrun_value bigint);

#endif
