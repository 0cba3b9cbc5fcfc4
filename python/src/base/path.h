/* Where in a value a conversion is. The steps are on the C stack of the recursion, and each one
 * points outwards. */
#ifndef JSRUN_PYTHON_PATH_H
#define JSRUN_PYTHON_PATH_H

#include "base/cpython.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct path_step {
    const struct path_step *outer; /* NULL: `container` is the whole value */
    PyObject *container;           /* borrowed; NULL before it is made */
    PyObject *key;                 /* borrowed; NULL: see index */
    Py_ssize_t index;              /* PATH_MEMBER: a member of a set, which has no positions */
    uint32_t depth;                /* how many containers this is inside, itself included */
} path_step;

enum { PATH_MEMBER = -1 };

static inline path_step path_enter(const path_step *outer, PyObject *container) {
    return (path_step){outer, container, NULL, PATH_MEMBER, outer ? outer->depth + 1 : 1};
}

/* Whether the conversion is inside `container`. */
static inline bool path_contains(const path_step *step, PyObject *container) {
    for (; step; step = step->outer) {
        if (step->container == container) return true;
    }
    return false;
}

/* "$.a[3].b" */
PyObject *path_text(const path_step *step);

/* Raises `type` with "<message> (at $.a[3].b)". Steals `message`. If `message` is NULL, an
 * exception is set already. */
void path_raise(PyObject *type, PyObject *message, const path_step *step);

#endif
