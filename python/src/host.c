#include "host.h"

#include "call.h"
#include "errors.h"
#include "handlers.h"

static void *host_release(void *Py_UNUSED(data)) { return PyEval_SaveThread(); }

static void host_acquire(void *Py_UNUSED(data), void *token) { PyEval_RestoreThread(token); }

/* A thread state of the runtime's own interpreter, which PyGILState_Ensure() could not give. */
static void *host_attach_thread(void *data) {
    PyThreadState *thread = PyThreadState_New(((runtime_object *)data)->interpreter);
    if (!thread) Py_FatalError("jsrun: no memory for a thread");
    return thread;
}

static void host_detach_thread(void *Py_UNUSED(data), void *token) {
    PyEval_RestoreThread(token);
    PyThreadState_Clear(token);
    PyThreadState_DeleteCurrent(); /* gives the GIL up */
}

static bool host_check_signals(void *Py_UNUSED(data)) {
    if (PyErr_CheckSignals() == 0) return false;
    call_keep_signal();
    return true;
}

/* A timer's function threw: there is no caller to raise it to. */
static void host_uncaught(void *data, jsrun_entry *entry) {
    runtime_object *runtime = data;
    errors_raise_javascript(runtime, entry, jsrun_entry_exception(entry));
    PyErr_WriteUnraisable((PyObject *)runtime);
}

jsrun_host host_of(runtime_object *runtime) {
    return (jsrun_host){
        .data = runtime,
        .release = host_release,
        .acquire = host_acquire,
        .attach_thread = host_attach_thread,
        .detach_thread = host_detach_thread,
        .check_signals = host_check_signals,
        .prepare = handlers_prepare,
        .perform = handlers_perform,
        .finish = handlers_finish,
        .uncaught = host_uncaught,
    };
}
