#include "calls/greenlet_turns.h"

#include "base/greenlets.h"
#include "base/timeouts.h"

/* Waits until another call of the runtime has ended. 1: it has; 0: this greenlet cannot wait; -1
 * with an exception set. */
static int await_turn(js_call *call) {
    runtime_object *runtime = call->runtime;
    if (!runtime->turn_waiters) runtime->turn_waiters = PyList_New(0);
    PyObject *module = PyImport_ImportModule("jsrun._greenlets");
    PyObject *ended = NULL;
    if (module && runtime->turn_waiters)
        ended = PyObject_CallMethod(module, "await_turn", "Od", runtime->turn_waiters,
                                    call->limit.seconds > 0 ? call->limit.until : 0.0);
    Py_XDECREF(module);
    if (!ended) return -1;
    int result = ended == Py_True ? 1 : 0;
    if (ended == Py_None) {
        timeouts_raise(runtime->state, call->limit.seconds, TIMEOUT_WAITING);
        result = -1;
    }
    Py_DECREF(ended);
    return result;
}

/* Lets those look again that wait for the end of a call. Keeps the exception that is set. */
static void end_turn(runtime_object *runtime) {
    if (!runtime->turn_waiters || !PyList_GET_SIZE(runtime->turn_waiters)) return;
    PyObject *exception = PyErr_GetRaisedException();
    PyObject *module = PyImport_ImportModule("jsrun._greenlets");
    PyObject *done =
        module ? PyObject_CallMethod(module, "end_turn", "O", runtime->turn_waiters) : NULL;
    if (!done) PyErr_WriteUnraisable((PyObject *)runtime);
    Py_XDECREF(done);
    Py_XDECREF(module);
    if (exception) PyErr_SetRaisedException(exception);
}

static PyObject *run_as_foreign(js_call *call, PyObject *(*run)(js_call *call)) {
    call->runtime->foreign_calls++;
    PyObject *result = run(call);
    call->runtime->foreign_calls--;
    return result;
}

PyObject *greenlet_turns_run(js_call *call, PyObject *(*run)(js_call *call)) {
    runtime_object *runtime = call->runtime;
    PyObject *result = NULL;
    for (int waited = 1; waited > 0;) {
        switch (greenlets_place(runtime)) {
        case GREENLET_FREE:
            jsrun_runtime_use_thread(runtime->runtime);
            result = run(call);
            end_turn(runtime);
            return result;
        case GREENLET_FOREIGN:
            waited = await_turn(call);
            if (waited == 0) return run_as_foreign(call, run);
            break;
        case GREENLET_REFUSED:
            waited = await_turn(call);
            if (waited == 0) greenlets_raise(runtime->state);
            break;
        case GREENLET_FAILED:
            return NULL;
        }
    }
    return NULL;
}
