/* Outcomes on their way from runtime threads to an asyncio loop, one queue per loop. The queue is
 * filled without the GIL. Outcomes that come together wake the loop once, however many they are. */
#ifndef JSRUN_PYTHON_OUTCOMES_H
#define JSRUN_PYTHON_OUTCOMES_H

#include "base/module_state.h"

#include "jsrun/runtime.h"

typedef struct outcomes_object outcomes_object;

/* The first member of what is put into a queue. The functions are called with the GIL. */
typedef struct outcome {
    struct outcome *next;
    const struct outcome_type *type;
} outcome;

typedef struct outcome_type {
    /* On the loop's thread: handles the outcome, and gives up the queue's reference. */
    void (*settle)(outcome *outcome);
    /* The same without a loop: nobody will be told. */
    void (*drop)(outcome *outcome);
    int (*traverse)(outcome *outcome, visitproc visit, void *arg);
} outcome_type;

PyTypeObject *outcomes_type_new(PyObject *module);

/* The queue of the loop that runs in this thread: a new reference, or NULL with an exception
 * set. */
outcomes_object *outcomes_of(module_state *state, PyObject *loop);
/* A weak reference to the loop: a borrowed reference, valid as long as the queue. */
PyObject *outcomes_loop(outcomes_object *self);

/* On the loop's thread: one more outcome is going to be put into the queue. */
void outcomes_expect(outcomes_object *self);

/* On any thread. `entry` takes the GIL if that is needed; NULL: it is held. Takes over a reference
 * to the object that the outcome is part of. That object has a reference to the queue, and must not
 * be touched any more. */
void outcomes_put(outcomes_object *self, outcome *outcome, jsrun_entry *entry);

/* On the loop's thread, for a task that waits for an outcome. If that is the only one expected, if
 * nothing else is ready to run, and if it comes soon, it is settled when this returns. Releases the
 * GIL meanwhile. */
void outcomes_await(outcomes_object *self);

#endif
