#include "handlers/host.h"

#include "base/errors.h"
#include "calls/call_run.h"
#include "handlers/file_requests.h"
#include "handlers/handlers.h"
#include "values/handler_table.h"

static void *host_release(void *Py_UNUSED(data)) { return PyEval_SaveThread(); }

static void host_acquire(void *Py_UNUSED(data), void *token) { PyEval_RestoreThread(token); }

/* Another thread needs a thread state before it can want the GIL, and it needs the GIL to get one.
 * Threads that are not Python's can wait. Of the other threads and interpreters only their places
 * in the lists are read, because they may be about to end. */
static bool host_is_alone(void *data) {
    PyInterpreterState *interpreter = ((runtime_object *)data)->interpreter;
    /* The calling thread is in the list. */
    return !PyThreadState_Next(PyInterpreterState_ThreadHead(interpreter)) &&
           PyInterpreterState_Head() == interpreter && !PyInterpreterState_Next(interpreter);
}

/* A thread state of the runtime's own interpreter, which PyGILState_Ensure() could not give. */
static void *host_attach_thread(void *data) {
    PyThreadState *thread = PyThreadState_New(((runtime_object *)data)->interpreter);
    if (!thread) Py_FatalError("jsrun: no memory for the state of a thread");
    return thread;
}

static void host_detach_thread(void *Py_UNUSED(data), void *token) {
    PyEval_RestoreThread(token);
    PyThreadState_Clear(token);
    PyThreadState_DeleteCurrent(); /* releases the GIL */
}

static bool host_check_signals(void *Py_UNUSED(data)) {
    if (PyErr_CheckSignals() == 0) return false;
    call_keep_signal();
    return true;
}

/* Whether the program, or the terminal, was told. False with an exception set. */
static bool tell_uncaught(runtime_object *runtime, PyObject *error) {
    PyObject *handler = runtime->uncaught_handler;
    PyObject *told = handler ? PyObject_CallOneArg(handler, error)
                             : PyObject_CallFunctionObjArgs(runtime->state->show_uncaught,
                                                            (PyObject *)runtime, error, NULL);
    bool done = told && (handler || PyObject_IsTrue(told) > 0);
    Py_XDECREF(told);
    if (!done && !PyErr_Occurred()) PyErr_SetRaisedException(Py_NewRef(error));
    return done;
}

/* No caller waits that it could be raised to. */
static void host_uncaught(void *data, jsrun_entry *entry) {
    runtime_object *runtime = data;
    errors_raise_javascript(runtime, entry, jsrun_entry_exception(entry));
    PyObject *error = PyErr_GetRaisedException();
    if (!tell_uncaught(runtime, error)) PyErr_WriteUnraisable((PyObject *)runtime);
    Py_DECREF(error);
}

/* A handler may have the last reference to the runtime, which is still needed here. */
static void host_function_dropped(void *data, uint32_t function) {
    runtime_object *runtime = data;
    Py_INCREF(runtime);
    handler_drop(runtime, function);
    runtime_release_later(runtime);
}

static void host_closed(void *data) {
    runtime_object *runtime = data;
    PyObject *exception = PyErr_GetRaisedException();
    bool is_alive = Py_REFCNT(runtime) > 0; /* and not just being freed */
    if (is_alive) Py_INCREF(runtime);
    runtime_drop_kept(runtime);
    if (is_alive) runtime_release_later(runtime);
    if (exception) PyErr_SetRaisedException(exception);
}

jsrun_host host_of(runtime_object *runtime) {
    return (jsrun_host){
        .data = runtime,
        .release = host_release,
        .acquire = host_acquire,
        .is_alone = host_is_alone,
        .attach_thread = host_attach_thread,
        .detach_thread = host_detach_thread,
        .check_signals = host_check_signals,
        .prepare = handlers_prepare,
        .perform = handlers_perform,
        .finish = handlers_finish,
        .function_dropped = host_function_dropped,
        .closed = host_closed,
        .uncaught = host_uncaught,
        .request = requests_take,
        .requests_end = requests_end,
    };
}
