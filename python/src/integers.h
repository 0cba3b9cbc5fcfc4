/* Integers: JavaScript's safe ones are Numbers, all beyond are BigInts. */
#ifndef JSRUN_PYTHON_INTEGERS_H
#define JSRUN_PYTHON_INTEGERS_H

#include "cpython.h"

#include "jsrun/value.h"

/* *bigint_bytes: the size of the digits, if it becomes a BigInt. NULL with an exception set or, if it is too large for
 * one, without. */
jsrun_value integer_to_js(jsrun_entry *entry, PyObject *integer, size_t *bigint_bytes);
/* NULL with an exception set. */
PyObject *integer_from_bigint(jsrun_value bigint);

#endif
