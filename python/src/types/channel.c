#include "types/channel.h"

#include "base/errors.h"

#include "jsrun/session.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct message {
    struct message *next;
    size_t length;
    char text[];
} message;

/* The thread that has the isolate delivers messages, without the GIL. The lock is held for moments
 * only, and nothing is waited for with the GIL held. */
typedef struct channel_object {
    PyObject_HEAD module_state *state;
    jsrun_runtime *runtime; /* valid as long as `session`, which keeps the runtime */
    jsrun_session *session; /* NULL: detached. Guarded by the GIL */
    pid_t process;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    message *first;
    message *last;
    size_t bytes;
    size_t most_bytes;
    bool ended; /* the runtime has closed */
    bool left;  /* close() was called */
    bool lost;  /* no memory for a message: nothing after it makes sense */
} channel_object;

/* --- the isolate's holder's side -------------------------------------------------------------- */

static bool is_full_locked(const channel_object *self, size_t length) {
    return self->bytes && self->bytes + length > self->most_bytes && !self->left;
}

/* A reader may have stopped reading because it waits for this very runtime to close. It must not
 * delay that. */
static void await_room_locked(channel_object *self, size_t length) {
    while (is_full_locked(self, length) && jsrun_runtime_state(self->runtime) != JSRUN_CLOSED) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 50 * 1000 * 1000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&self->changed, &self->lock, &until);
    }
}

static void take_message(void *data, const char *text, size_t length) {
    channel_object *self = data;
    message *item = malloc(sizeof *item + length);
    pthread_mutex_lock(&self->lock);
    if (item) {
        await_room_locked(self, length);
        item->next = NULL;
        item->length = length;
        memcpy(item->text, text, length);
        if (self->last)
            self->last->next = item;
        else
            self->first = item;
        self->last = item;
        self->bytes += length;
    } else {
        self->lost = true;
    }
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
}

static void runtime_closed(void *data) {
    channel_object *self = data;
    pthread_mutex_lock(&self->lock);
    self->ended = true;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
}

/* --- Python's side ---------------------------------------------------------------------------- */

static bool is_forked(const channel_object *self) { return getpid() != self->process; }

PyDoc_STRVAR(send_doc, "send($self, text, /)\n--\n\n"
                       "Queue one message, JSON, for the inspector.");

static PyObject *channel_send(PyObject *object, PyObject *text) {
    channel_object *self = (channel_object *)object;
    Py_ssize_t length;
    const char *utf8 = PyUnicode_AsUTF8AndSize(text, &length);
    if (!utf8) return NULL;
    jsrun_status status =
        self->session ? jsrun_session_send(self->session, utf8, (size_t)length) : JSRUN_CLOSED;
    if (status != JSRUN_OK) {
        errors_raise_status(self->state, status);
        return NULL;
    }
    jsrun_runtime_serve_sessions(self->runtime);
    return Py_NewRef(Py_None);
}

static message *take_first(channel_object *self) {
    pthread_mutex_lock(&self->lock);
    while (!self->first && !self->ended && !self->left && !self->lost)
        pthread_cond_wait(&self->changed, &self->lock);
    message *item = self->left ? NULL : self->first;
    if (item) {
        self->first = item->next;
        if (!item->next) self->last = NULL;
        self->bytes -= item->length;
        pthread_cond_broadcast(&self->changed);
    }
    pthread_mutex_unlock(&self->lock);
    return item;
}

PyDoc_STRVAR(receive_doc, "receive($self, /)\n--\n\n"
                          "Wait for the next message: JSON in UTF-8. None: no more will come.");

static PyObject *channel_receive(PyObject *object, PyObject *Py_UNUSED(unused)) {
    channel_object *self = (channel_object *)object;
    message *item = NULL;
    if (is_forked(self)) return Py_NewRef(Py_None);
    Py_BEGIN_ALLOW_THREADS item = take_first(self);
    Py_END_ALLOW_THREADS if (!item) return Py_NewRef(Py_None);
    PyObject *bytes = PyBytes_FromStringAndSize(item->text, (Py_ssize_t)item->length);
    free(item);
    return bytes;
}

static void detach(channel_object *self) {
    jsrun_session *session = self->session;
    self->session = NULL;
    if (!session || is_forked(self)) return;
    Py_BEGIN_ALLOW_THREADS pthread_mutex_lock(&self->lock);
    self->left = true;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
    jsrun_session_close(session);
    Py_END_ALLOW_THREADS
}

PyDoc_STRVAR(channel_close_doc, "close($self, /)\n--\n\n"
                                "Detach from the runtime. receive() returns None from here on.");

static PyObject *channel_close(PyObject *object, PyObject *Py_UNUSED(unused)) {
    detach((channel_object *)object);
    return Py_NewRef(Py_None);
}

PyDoc_STRVAR(is_over_doc, "is_over($self, /)\n--\n\n"
                          "Whether close() was called or the runtime has closed.");

static PyObject *channel_is_over(PyObject *object, PyObject *Py_UNUSED(unused)) {
    channel_object *self = (channel_object *)object;
    if (!self->session || is_forked(self)) return Py_NewRef(Py_True);
    pthread_mutex_lock(&self->lock);
    bool over = self->ended || self->left;
    pthread_mutex_unlock(&self->lock);
    return PyBool_FromLong(over);
}

/* --- the type --------------------------------------------------------------------------------- */

PyObject *channel_open(runtime_object *runtime, size_t bytes) {
    module_state *state = runtime->state;
    channel_object *self = (channel_object *)state->channel_type->tp_alloc(state->channel_type, 0);
    if (!self) return NULL;
    self->state = state;
    self->runtime = runtime->runtime;
    self->process = getpid();
    self->most_bytes = bytes;
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->changed, NULL);
    jsrun_session_client client = {self, take_message, runtime_closed};
    jsrun_status status = jsrun_session_open(runtime->runtime, &client, &self->session);
    if (status == JSRUN_OK) return (PyObject *)self;
    self->session = NULL;
    Py_DECREF(self);
    errors_raise_status(state, status);
    return NULL;
}

static void channel_dealloc(PyObject *object) {
    channel_object *self = (channel_object *)object;
    PyTypeObject *type = Py_TYPE(object);
    detach(self);
    if (!is_forked(self)) {
        for (message *item = self->first; item;) {
            message *next = item->next;
            free(item);
            item = next;
        }
        pthread_cond_destroy(&self->changed);
        pthread_mutex_destroy(&self->lock);
    }
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef channel_methods[] = {
    {"send", channel_send, METH_O, send_doc},
    {"receive", channel_receive, METH_NOARGS, receive_doc},
    {"close", channel_close, METH_NOARGS, channel_close_doc},
    {"is_over", channel_is_over, METH_NOARGS, is_over_doc},
    {NULL},
};

PyDoc_STRVAR(channel_doc, "A session of the inspector, message by message.");

static PyType_Slot channel_slots[] = {
    {Py_tp_doc, (char *)channel_doc},
    {Py_tp_dealloc, channel_dealloc},
    {Py_tp_methods, channel_methods},
    {0, NULL},
};

static PyType_Spec channel_spec = {
    .name = "jsrun._jsrun._Channel",
    .basicsize = sizeof(channel_object),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = channel_slots,
};

PyTypeObject *channel_type_new(PyObject *module) {
    PyTypeObject *type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &channel_spec, NULL);
    if (type) type->tp_new = NULL;
    return type;
}
