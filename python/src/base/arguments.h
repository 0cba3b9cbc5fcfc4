/* Arguments of METH_FASTCALL | METH_KEYWORDS functions. */
#ifndef JSRUN_PYTHON_ARGUMENTS_H
#define JSRUN_PYTHON_ARGUMENTS_H

#include "base/cpython.h"

#include <stdbool.h>

/* Sorts the arguments of `function` into values[], which has a place for each of the `total`
 * parameters. A place is NULL where no argument was given. The first `positional` parameters may be
 * given by position, and the first `required` must be given. False with a TypeError set. */
bool arguments_parse(const char *function, const char *const *parameters, Py_ssize_t total,
                     Py_ssize_t positional, Py_ssize_t required, PyObject *const *arguments,
                     Py_ssize_t count, PyObject *names, PyObject **values);

#endif
