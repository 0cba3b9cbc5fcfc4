#include "handlers/file_requests.h"

/* V8 answers a request that is larger, or that comes while this many wait: there is no such file.
 * V8's channel slows down a client that does not read its answers. */
enum { REQUEST_BYTES = 64 * 1024, WAITING_MAX = 1000 };

/* A session keeps a SimpleQueue of bytes, which a thread of the session answers. So a loader may
 * take its time while JavaScript and V8 go on. This code runs in the middle of JavaScript, so it
 * runs no Python code that could look at signals. */

static const char session_name[] = "jsrun.session";

static void free_session(PyObject *capsule) {
    jsrun_session_release(PyCapsule_GetPointer(capsule, session_name));
}

static PyObject *answer(PyObject *capsule, PyObject *text) {
    jsrun_session *session = PyCapsule_GetPointer(capsule, session_name);
    char *bytes;
    Py_ssize_t length;
    if (!session || PyBytes_AsStringAndSize(text, &bytes, &length) < 0) return NULL;
    Py_BEGIN_ALLOW_THREADS jsrun_session_answer(session, bytes, (size_t)length);
    Py_END_ALLOW_THREADS return Py_NewRef(Py_None);
}

static PyObject *decline(PyObject *capsule, PyObject *text) {
    jsrun_session *session = PyCapsule_GetPointer(capsule, session_name);
    char *bytes;
    Py_ssize_t length;
    if (!session || PyBytes_AsStringAndSize(text, &bytes, &length) < 0) return NULL;
    (void)jsrun_session_decline(session, bytes, (size_t)length); /* ended: nobody waits for it */
    return Py_NewRef(Py_None);
}

static PyMethodDef answer_method = {"answer", answer, METH_O, NULL};
static PyMethodDef decline_method = {"decline", decline, METH_O, NULL};

static PyObject *new_capsule(jsrun_session *session) {
    PyObject *capsule = PyCapsule_New(session, session_name, free_session);
    if (capsule) jsrun_session_retain(session);
    return capsule;
}

/* Starts the thread that answers the requests in `queue` until it finds None there. */
static bool start_thread(runtime_object *runtime, jsrun_session *session, PyObject *queue) {
    PyObject *thread = PyImport_ImportModule("_thread");
    PyObject *capsule = thread ? new_capsule(session) : NULL;
    PyObject *answers = capsule ? PyCFunction_New(&answer_method, capsule) : NULL;
    PyObject *declines = answers ? PyCFunction_New(&decline_method, capsule) : NULL;
    PyObject *started = declines ? PyObject_CallMethod(thread, "start_new_thread", "O(OOOO)",
                                                       runtime->state->answer_requests,
                                                       runtime->modules, queue, answers, declines)
                                 : NULL;
    bool done = started;
    Py_XDECREF(started);
    Py_XDECREF(declines);
    Py_XDECREF(answers);
    Py_XDECREF(capsule);
    Py_XDECREF(thread);
    return done;
}

static PyObject *queue_of(runtime_object *runtime, jsrun_session *session) {
    PyObject **queue = (PyObject **)jsrun_session_host_data(session);
    if (*queue) return *queue;
    PyObject *made = PyObject_CallNoArgs(runtime->state->simple_queue);
    if (made && !start_thread(runtime, session, made)) Py_CLEAR(made);
    return *queue = made;
}

static bool is_full(PyObject *queue) {
    PyObject *size = PyObject_CallMethod(queue, "qsize", NULL);
    bool full = !size || PyLong_AsLong(size) >= WAITING_MAX;
    Py_XDECREF(size);
    return full;
}

static bool put(PyObject *queue, PyObject *item) {
    PyObject *done = PyObject_CallMethod(queue, "put", "O", item);
    Py_XDECREF(done);
    return done;
}

bool requests_take(void *data, jsrun_session *session, const char *text, size_t length) {
    runtime_object *runtime = data;
    PyObject *queue = length <= REQUEST_BYTES ? queue_of(runtime, session) : NULL;
    PyObject *bytes =
        queue && !is_full(queue) ? PyBytes_FromStringAndSize(text, (Py_ssize_t)length) : NULL;
    bool taken = bytes && put(queue, bytes);
    Py_XDECREF(bytes);
    if (PyErr_Occurred()) PyErr_WriteUnraisable((PyObject *)runtime);
    return taken;
}

void requests_end(void *data, jsrun_session *session) {
    PyObject **queue = (PyObject **)jsrun_session_host_data(session);
    if (!put(*queue, Py_None)) PyErr_WriteUnraisable(data);
    Py_CLEAR(*queue);
}
