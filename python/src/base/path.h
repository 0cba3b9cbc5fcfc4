/* Where in a value a conversion is. Steps live on the C stack of the recursion, linked outwards. */
#ifndef JSRUN_PYTHON_PATH_H
#define JSRUN_PYTHON_PATH_H

#include "base/cpython.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct path_step {
    const struct path_step *outer; /* NULL: `container` is the whole value */
    PyObject *container;           /* borrowed; NULL when it does not exist yet */
    PyObject *key;                 /* borrowed; NULL: see index */
    Py_ssize_t index;              /* PATH_MEMBER: of a set, which has no positions */
    uint32_t depth;                /* how many containers this is inside of, itself included */
} path_step;

enum { PATH_MEMBER = -1 };

static inline path_step path_enter(const path_step *outer, PyObject *container) {
    return (path_step){outer, container, NULL, PATH_MEMBER, outer ? outer->depth + 1 : 1};
}

/* Whether `container` is one of those that the conversion is inside of. */
static inline bool path_contains(const path_step *step, PyObject *container) {
    for (; step; step = step->outer) {
        if (step->container == container) return true;
    }
    return false;
}

/* "$.a[3].b" */
PyObject *path_text(const path_step *step);

/* Raises `type` with "<message> (at $.a[3].b)". Steals `message`; NULL means that an exception is set. */
void path_raise(PyObject *type, PyObject *message, const path_step *step);

#endif
