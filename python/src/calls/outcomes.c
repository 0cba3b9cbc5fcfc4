#include "calls/outcomes.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/types.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/eventfd.h>
#endif

#include "jsrun/execute.h"
#include "jsrun/patience.h"

/* This many are settled before the loop has its turn. */
enum { BATCH = 256 };

/* This many times in a row an outcome may be settled without a turn of the loop. */
enum { MOST_DIRECT = 31 };

/* Threads push to `arrived`, a stack. The thread that finds it empty wakes the loop. The loop is
 * not woken while its own thread looks (`watched`): that thread looks once more when it has stopped
 * looking. */
struct outcomes_object {
    PyObject_HEAD _Atomic(outcome *) arrived;
    atomic_bool watched;
    atomic_uint putting; /* threads that are about to wake the loop */
    int descriptor;      /* an eventfd that the loop watches; -1: `notify` wakes the loop */
    pid_t process;       /* the process that made it */

    /* Guarded by the GIL. */
    PyObject *loop;   /* a weak reference to the loop */
    PyObject *notify; /* makes the loop call take(), on any thread; or NULL */
    PyObject *ready;  /* the loop's callbacks that are due, if it shows them; or NULL */
    outcome *first;   /* taken, and not settled yet */
    outcome *last;
    size_t expected;
    unsigned direct; /* how many outcomes in a row were settled without a turn of the loop */
    unsigned long thread;
    jsrun_patience patience;
};

/* --- putting ---------------------------------------------------------------------------------- */

/* Whether the loop has to be woken. */
static bool push(outcomes_object *self, outcome *outcome) {
    struct outcome *before = atomic_load_explicit(&self->arrived, memory_order_relaxed);
    do {
        outcome->next = before;
    } while (!atomic_compare_exchange_weak(&self->arrived, &before, outcome));
    return !before && !atomic_load(&self->watched);
}

static void tell(const outcomes_object *self) {
#if defined(__linux__)
    uint64_t one = 1;
    while (write(self->descriptor, &one, sizeof one) < 0 && errno == EINTR) continue;
#else
    (void)self;
#endif
}

static void call_notify(outcomes_object *self) {
    PyObject *exception = PyErr_GetRaisedException();
    PyObject *done = self->notify ? PyObject_CallNoArgs(self->notify) : NULL;
    Py_XDECREF(done);
    PyErr_Clear(); /* the loop is closed, so nobody waits any more */
    if (exception) PyErr_SetRaisedException(exception);
}

void outcomes_put(outcomes_object *self, outcome *outcome, jsrun_entry *entry) {
    if (self->descriptor >= 0) {
        /* Once the outcome is in the queue, the queue may be freed. This count prevents it. */
        atomic_fetch_add(&self->putting, 1);
        if (push(self, outcome)) tell(self);
        atomic_fetch_sub(&self->putting, 1);
        return;
    }
    if (entry) jsrun_entry_acquire_host(entry);
    Py_INCREF(self);
    if (push(self, outcome)) call_notify(self);
    Py_DECREF(self);
}

void outcomes_expect(outcomes_object *self) {
    self->expected++;
    self->thread = PyThread_get_thread_ident();
}

/* --- taking ----------------------------------------------------------------------------------- */

/* Appends what has arrived to what was taken before, in the order in which it came. */
static void take_arrived(outcomes_object *self) {
    outcome *newest = atomic_exchange(&self->arrived, NULL);
    outcome *first = NULL;
    for (outcome *at = newest, *older; at; at = older) {
        older = at->next;
        at->next = first;
        first = at;
    }
    if (!first) return;
    if (self->last)
        self->last->next = first;
    else
        self->first = first;
    self->last = newest;
}

static outcome *take_first(outcomes_object *self) {
    outcome *first = self->first;
    if (!first) return NULL;
    self->first = first->next;
    if (!self->first) self->last = NULL;
    self->expected--;
    return first;
}

static void settle(outcomes_object *self) {
    take_arrived(self);
    for (size_t i = 0; i < BATCH; i++) {
        outcome *next = take_first(self);
        if (!next) return;
        next->type->settle(next);
    }
}

/* The loop's callback. */
static PyObject *outcomes_take(PyObject *object, PyObject *Py_UNUSED(unused)) {
    outcomes_object *self = (outcomes_object *)object;
    self->direct = 0;
#if defined(__linux__)
    /* Before the stack is emptied: what comes after that wakes the loop again. */
    uint64_t count;
    if (self->descriptor >= 0)
        while (read(self->descriptor, &count, sizeof count) < 0 && errno == EINTR) continue;
#endif
    Py_INCREF(self);
    settle(self);
    if (self->first && self->descriptor >= 0)
        tell(self);
    else if (self->first)
        call_notify(self);
    Py_DECREF(self);
    return Py_NewRef(Py_None);
}

static bool has_arrived(void *data) {
    return atomic_load_explicit(&((outcomes_object *)data)->arrived, memory_order_relaxed);
}

static bool may_wait(outcomes_object *self) {
    if (self->expected != 1 || self->first || self->descriptor < 0 || !self->ready) return false;
    if (self->thread != PyThread_get_thread_ident() || self->direct >= MOST_DIRECT) return false;
    return PyObject_Size(self->ready) == 0;
}

void outcomes_await(outcomes_object *self) {
    if (!may_wait(self)) return;
    Py_INCREF(self);
    atomic_store(&self->watched, true);
    PyThreadState *thread = PyEval_SaveThread();
    jsrun_patience_wait(&self->patience, has_arrived, self);
    PyEval_RestoreThread(thread);
    atomic_store(&self->watched, false);
    if (atomic_load(&self->arrived)) {
        self->direct++;
        settle(self);
    }
    Py_DECREF(self);
}

/* --- a loop's queue --------------------------------------------------------------------------- */

PyObject *outcomes_loop(outcomes_object *self) { return self->loop; }

static bool is_of(outcomes_object *self, PyObject *loop) {
    PyObject *own;
    if (!self->loop || PyWeakref_GetRef(self->loop, &own) <= 0) return false;
    Py_DECREF(own);
    return own == loop;
}

outcomes_object *outcomes_of(module_state *state, PyObject *loop) {
    outcomes_object *last = (outcomes_object *)state->last_outcomes;
    if (last && is_of(last, loop)) return (outcomes_object *)Py_NewRef((PyObject *)last);
    PyObject *found = PyObject_CallOneArg(state->outcomes_of, loop);
    if (found && !PyObject_TypeCheck(found, state->outcomes_type)) {
        PyErr_SetString(PyExc_TypeError,
                        "loop._jsrun_outcomes belongs to jsrun, but other code has set it");
        Py_CLEAR(found);
    }
    state->last_outcomes = found; /* a borrowed reference: see outcomes_dealloc() */
    return (outcomes_object *)found;
}

static PyObject *outcomes_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    static char *parameters[] = {"loop", "ready", NULL};
    PyObject *loop, *ready;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO:_Outcomes", parameters, &loop, &ready))
        return NULL;
    outcomes_object *self = (outcomes_object *)type->tp_alloc(type, 0);
    if (!self) return NULL;
    self->descriptor = -1;
    self->process = getpid();
    self->loop = PyWeakref_NewRef(loop, NULL);
    if (ready != Py_None) self->ready = Py_NewRef(ready);
    if (!self->loop) Py_CLEAR(self);
    return (PyObject *)self;
}

PyDoc_STRVAR(open_doc,
             "open($self, /)\n--\n\n"
             "A file descriptor. When it can be read, take() has to be called. -1: there is none.");

static PyObject *outcomes_open(PyObject *object, PyObject *Py_UNUSED(unused)) {
    outcomes_object *self = (outcomes_object *)object;
#if defined(__linux__)
    if (self->descriptor < 0) self->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
#endif
    return PyLong_FromLong(self->descriptor);
}

static void close_descriptor(outcomes_object *self) {
    /* A thread that wakes the loop does not need the GIL and is done at once. A forked child has no
     * such thread any more. */
    while (atomic_load(&self->putting) && getpid() == self->process) sched_yield();
    if (self->descriptor >= 0) close(self->descriptor);
    self->descriptor = -1;
}

PyDoc_STRVAR(notify_by_doc,
             "notify_by($self, notify, /)\n--\n\n"
             "There is no such descriptor. notify makes the loop call take(), from any thread.");

static PyObject *outcomes_notify_by(PyObject *object, PyObject *notify) {
    outcomes_object *self = (outcomes_object *)object;
    close_descriptor(self);
    Py_XSETREF(self->notify, Py_NewRef(notify));
    return Py_NewRef(Py_None);
}

/* --- the type --------------------------------------------------------------------------------- */

/* Only the holder of the GIL takes anything away from the stack, so it can be read here. */
static int traverse_list(outcome *first, PyObject *self, visitproc visit, void *arg) {
    for (outcome *at = first; at; at = at->next) {
        Py_VISIT(self); /* each outcome has a reference */
        int result = at->type->traverse(at, visit, arg);
        if (result) return result;
    }
    return 0;
}

static int outcomes_traverse(PyObject *object, visitproc visit, void *arg) {
    outcomes_object *self = (outcomes_object *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->notify);
    Py_VISIT(self->ready);
    int result = traverse_list(self->first, object, visit, arg);
    return result ? result : traverse_list(atomic_load(&self->arrived), object, visit, arg);
}

static int outcomes_clear(PyObject *object) {
    outcomes_object *self = (outcomes_object *)object;
    Py_CLEAR(self->notify);
    Py_CLEAR(self->ready);
    Py_INCREF(self);
    take_arrived(self);
    for (outcome *next; (next = take_first(self));) next->type->drop(next);
    Py_DECREF(self);
    return 0;
}

static void outcomes_dealloc(PyObject *object) {
    outcomes_object *self = (outcomes_object *)object;
    PyTypeObject *type = Py_TYPE(object);
    module_state *state = PyType_GetModuleState(type);
    PyObject_GC_UnTrack(object);
    if (state && state->last_outcomes == object) state->last_outcomes = NULL;
    Py_CLEAR(self->notify);
    Py_CLEAR(self->ready);
    Py_CLEAR(self->loop);
    close_descriptor(self);
    type->tp_free(object);
    Py_DECREF(type);
}

PyDoc_STRVAR(take_doc, "take($self, /)\n--\n\n"
                       "Settle what has arrived. The loop calls this.");

static PyMethodDef outcomes_methods[] = {
    {"open", outcomes_open, METH_NOARGS, open_doc},
    {"notify_by", outcomes_notify_by, METH_O, notify_by_doc},
    {"take", outcomes_take, METH_NOARGS, take_doc},
    {NULL},
};

PyDoc_STRVAR(outcomes_doc,
             "_Outcomes(loop, ready)\n--\n\n"
             "Outcomes on their way to a loop. ready is that loop's queue of callbacks, or None.");

static PyType_Slot outcomes_slots[] = {
    {Py_tp_doc, (char *)outcomes_doc},
    {Py_tp_new, outcomes_new},
    {Py_tp_traverse, outcomes_traverse},
    {Py_tp_clear, outcomes_clear},
    {Py_tp_dealloc, outcomes_dealloc},
    {Py_tp_methods, outcomes_methods},
    {0, NULL},
};

static PyType_Spec outcomes_spec = {
    .name = "jsrun._jsrun._Outcomes",
    .basicsize = sizeof(outcomes_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = outcomes_slots,
};

PyTypeObject *outcomes_type_new(PyObject *module) {
    return (PyTypeObject *)PyType_FromModuleAndSpec(module, &outcomes_spec, NULL);
}
