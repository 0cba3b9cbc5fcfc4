/* What runtimes' threads have for an asyncio loop: one queue per loop. It is filled without the GIL, and however much comes
 * together wakes the loop once. */
#ifndef JSRUN_PYTHON_OUTCOMES_H
#define JSRUN_PYTHON_OUTCOMES_H

#include "base/module_state.h"

#include "jsrun/runtime.h"

typedef struct outcomes_object outcomes_object;

/* The beginning of what is put into a queue. The functions are called with the GIL. */
typedef struct outcome {
    struct outcome *next;
    const struct outcome_type *type;
} outcome;

typedef struct outcome_type {
    /* On the loop's thread: does what is to be done; the queue's reference is given up. */
    void (*settle)(outcome *outcome);
    /* The same without a loop: nobody will ever know. */
    void (*drop)(outcome *outcome);
    int (*traverse)(outcome *outcome, visitproc visit, void *arg);
} outcome_type;

PyTypeObject *outcomes_type_new(PyObject *module);

/* The queue of the loop that runs in this thread: a new reference, or NULL with an exception set. */
outcomes_object *outcomes_of(module_state *state, PyObject *loop);
/* A weak reference to the loop: a borrowed one, as long as the queue. */
PyObject *outcomes_loop(outcomes_object *self);

/* On the loop's thread: something is going to be put into the queue, once. */
void outcomes_expect(outcomes_object *self);

/* Any thread, for which `entry` takes the GIL if that is needed; NULL: it has the GIL. Takes over a reference to what the outcome
 * is part of, which has one to the queue and must not be touched any more. */
void outcomes_put(outcomes_object *self, outcome *outcome, jsrun_entry *entry);

/* On the loop's thread, by who wants something of the queue: if it is the only thing expected, nothing else is ready to run and
 * it comes soon, it is settled when this returns. Gives the GIL up meanwhile. */
void outcomes_await(outcomes_object *self);

#endif
