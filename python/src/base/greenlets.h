/* Greenlets (greenlet, gevent, eventlet, SQLAlchemy's asyncio) give one thread several C stacks, of
 * which it copies one at a time into place. V8 knows nothing of that: JavaScript whose frames are
 * copied away cannot be run, collected or left.
 *
 * So where greenlets are used, JavaScript runs on the runtime's own thread, and a greenlet only
 * waits for it. What remains is the order: a handler may switch to another greenlet, and that may
 * call the same runtime, whose JavaScript waits for the handler. All functions: with the GIL. */
#ifndef JSRUN_PYTHON_GREENLETS_H
#define JSRUN_PYTHON_GREENLETS_H

#include "base/runtime_object.h"

/* Looks at the modules that are loaded. */
void greenlets_look(module_state *state, Py_ssize_t module_count);

/* Whether this process has loaded greenlet. Looks only when the number of modules has changed. */
static inline bool greenlets_are_used(module_state *state) {
    Py_ssize_t count = PyDict_GET_SIZE(state->loaded_modules);
    if (count != state->loaded_count) greenlets_look(state, count);
    return state->get_current_greenlet != NULL;
}

/* Who may call the runtime from this greenlet. */
typedef enum greenlet_place {
    GREENLET_FREE, /* no handler of the runtime runs on this thread, or it runs in this greenlet */
    GREENLET_FOREIGN, /* the handler that the runtime waits for runs in another greenlet */
    GREENLET_REFUSED, /* and the frames of JavaScript are on its stack */
    GREENLET_FAILED,  /* with an exception set */
} greenlet_place;

greenlet_place greenlets_place(runtime_object *runtime);

/* Around a handler, on the thread that performs it. False with an exception set. */
bool greenlets_start_handler(runtime_object *runtime);
void greenlets_finish_handler(runtime_object *runtime);

/* Raises GreenletError: another greenlet is inside of this runtime. */
void greenlets_raise(module_state *state);

#endif
