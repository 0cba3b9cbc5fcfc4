#include "calls/async_call.h"

#include "base/errors.h"
#include "base/timeouts.h"
#include "calls/outcomes.h"
#include "values/from_js.h"

#include "jsrun/stream.h"

static void async_settled(jsrun_entry *entry, void *data, jsrun_status status, jsrun_value value);

/* The loop's side holds the GIL. The runtime thread takes it only where it has to: fields that both
 * sides change are atomic, and a thread that has put an outcome into the queue does not touch it
 * any more. */
struct async_object {
    PyObject_HEAD js_call *call;
    void (*clear)(js_call *call);
    PyObject *evaluation;      /* the future, or what async_start_for() was given; NULL once told */
    outcomes_object *outcomes; /* where the outcome is put; NULL: the evaluation is told at once */
    outcome outcome;
    flow flow; /* its number follows the call's JavaScript */
    PyObject *context;
    PyObject *scope; /* a jsrun._async.Scope; NULL: made of outcomes and context when needed */
    PyObject *timer; /* of the timeout, or NULL */
    PyObject *steps; /* the iterator that a coroutine's methods go on with, or NULL */
    uint32_t watch;
    atomic_bool waiting; /* for a promise; changed by the runtime thread */
    atomic_bool abandoned;
    bool is_plain; /* the result is in `plain` */
    plain_value plain;
    /* Set while async_settled() runs. */
    jsrun_status status;
    jsrun_value value;
};

/* --- the outcome ------------------------------------------------------------------------------ */

static PyObject *take_outcome(async_object *self, bool *failed) {
    js_call *call = self->call;
    if (self->is_plain) {
        self->is_plain = false;
        call->result = from_js_plain(call->runtime, &self->plain);
        if (!call->result) call->error = PyErr_GetRaisedException();
    }
    *failed = !call->result;
    PyObject *outcome = call->interrupt ? call->interrupt : *failed ? call->error : call->result;
    Py_XINCREF(outcome);
    if (call->interrupt) *failed = true;
    Py_CLEAR(call->result);
    Py_CLEAR(call->error);
    Py_CLEAR(call->interrupt);
    if (outcome && (PyObject *)Py_TYPE(outcome) == call->runtime->state->interrupted) {
        Py_DECREF(outcome);
        errors_raise_status(call->runtime->state, JSRUN_INTERRUPTED);
        outcome = PyErr_GetRaisedException();
    }
    return outcome;
}

static void cancel_timer(async_object *self) {
    PyObject *timer = self->timer;
    self->timer = NULL;
    if (!timer) return;
    PyObject *done = PyObject_CallMethodNoArgs(timer, self->call->runtime->state->cancel);
    if (!done) PyErr_WriteUnraisable(timer);
    Py_XDECREF(done);
    Py_DECREF(timer);
}

/* A future cannot have a StopIteration for its exception. */
static PyObject *without_stop(PyObject *error) {
    if (!PyErr_GivenExceptionMatches(error, PyExc_StopIteration)) return error;
    PyErr_Format(PyExc_RuntimeError, "JavaScript raised %R", error);
    Py_DECREF(error);
    return PyErr_GetRaisedException();
}

static void tell_future(async_object *self, PyObject *evaluation) {
    module_state *state = self->call->runtime->state;
    bool failed;
    PyObject *outcome = take_outcome(self, &failed);
    cancel_timer(self);
    if (outcome && failed) outcome = without_stop(outcome);
    PyObject *told = PyObject_CallMethodOneArg(
        evaluation, failed ? state->set_exception : state->set_result, outcome ? outcome : Py_None);
    if (!told) PyErr_Clear(); /* it is set already, or the loop is closed */
    Py_XDECREF(told);
    Py_XDECREF(outcome);
}

static void forget(async_object *self) {
    if (self->is_plain) from_js_drop(&self->plain);
    self->is_plain = false;
    Py_CLEAR(self->call->result);
    Py_CLEAR(self->call->error);
    Py_CLEAR(self->call->interrupt);
    Py_CLEAR(self->timer);
    Py_CLEAR(self->steps); /* without it, the outcome is given at once */
    flow_table_remove(&self->call->runtime->flows, &self->flow);
}

static async_object *async_of(outcome *outcome) {
    return (async_object *)((char *)outcome - offsetof(async_object, outcome));
}

static void settle_outcome(outcome *outcome) {
    async_object *self = async_of(outcome);
    PyObject *evaluation = self->evaluation;
    self->evaluation = NULL;
    if (!atomic_load(&self->abandoned)) tell_future(self, evaluation);
    forget(self);
    Py_DECREF(evaluation);
    Py_DECREF(self);
}

static void drop_outcome(outcome *outcome) {
    async_object *self = async_of(outcome);
    atomic_store(&self->abandoned, true);
    settle_outcome(outcome);
}

static int traverse_outcome(outcome *outcome, visitproc visit, void *arg) {
    async_object *self = async_of(outcome);
    Py_VISIT(self->evaluation);
    Py_VISIT(self->context);
    Py_VISIT(self->scope);
    Py_VISIT(self->timer);
    Py_VISIT(self->steps);
    return 0;
}

static const outcome_type async_outcome = {settle_outcome, drop_outcome, traverse_outcome};

/* Tells an evaluation that is no future. Needs the GIL. */
static void tell_now(async_object *self) {
    bool failed;
    PyObject *evaluation = self->evaluation;
    PyObject *outcome = take_outcome(self, &failed);
    self->evaluation = NULL;
    PyObject *told = PyObject_CallMethod(evaluation, "_complete", "OO", failed ? Py_True : Py_False,
                                         outcome ? outcome : Py_None);
    if (!told) PyErr_WriteUnraisable(evaluation);
    Py_XDECREF(told);
    Py_XDECREF(outcome);
    forget(self);
    Py_DECREF(evaluation);
    Py_DECREF(self);
}

/* The call is over: gives up its reference. On any thread. `entry` takes the GIL if it is needed;
 * NULL: it is held already. */
static void complete(async_object *self, jsrun_entry *entry) {
    call_end_pending(self->call);
    jsrun_flow_finish(self->call->runtime->runtime, self->flow.number);
    atomic_fetch_sub(&self->call->runtime->in_flight, 1);
    if (self->outcomes) {
        outcomes_put(self->outcomes, &self->outcome, entry);
        return;
    }
    if (entry) jsrun_entry_acquire_host(entry);
    tell_now(self);
}

static void fail(async_object *self, jsrun_status status) {
    module_state *state = self->call->runtime->state;
    if (status == JSRUN_TIMED_OUT)
        timeouts_raise(state, self->call->limit.seconds, TIMEOUT_WAITING);
    else
        errors_raise_status(state, status);
    Py_XSETREF(self->call->error, PyErr_GetRaisedException());
    complete(self, NULL);
}

/* --- jobs ------------------------------------------------------------------------------------- */

static bool await_settlement(async_object *self, jsrun_status status) {
    self->waiting = status == JSRUN_OK;
    return self->waiting;
}

/* Without the GIL, which is taken for a value that is not plain. */
static void keep_value(async_object *self, jsrun_entry *entry, jsrun_value value) {
    js_call *call = self->call;
    js_reading reading;
    self->is_plain = value && from_js_start(call->runtime, entry, value, &reading, &self->plain);
    if (self->is_plain) return;
    jsrun_entry_acquire_host(entry);
    call->result = value ? from_js_finish(call->runtime, entry, &reading) : PyErr_NoMemory();
    if (!call->result) call_fail(call);
}

static void keep_failure(async_object *self, jsrun_entry *entry, jsrun_status status) {
    jsrun_entry_acquire_host(entry);
    errors_raise(self->call->runtime, entry, status);
    call_fail(self->call);
}

/* False: nothing was done. */
static bool run_directly(async_object *self, jsrun_entry *entry) {
    js_call *call = self->call;
    jsrun_status status;
    jsrun_value value;
    if (!call->direct || call->runtime->bootstrap_error) return false;
    if (!call->direct(call, entry, &status, &value)) return false;
    bool pending = false;
    if (status == JSRUN_OK && jsrun_is_promise(value))
        status = jsrun_settle(entry, value, &pending, &value);
    if (status == JSRUN_OK && pending) {
        status = jsrun_promise_watch(entry, value, async_settled, self, &self->watch);
        call->pending = await_settlement(self, status);
        if (call->pending) return true;
    }
    if (status == JSRUN_OK)
        keep_value(self, entry, value);
    else
        keep_failure(self, entry, status);
    return true;
}

static void async_job(jsrun_entry *entry, void *data) {
    async_object *self = data;
    js_call *call = self->call;
    if (!atomic_load(&self->abandoned)) {
        jsrun_flow_set(entry, self->flow.number);
        call_start(call, entry);
        if (!run_directly(self, entry)) {
            jsrun_entry_acquire_host(entry);
            call_body_run(call, entry);
        }
        call_finish(call, entry);
        jsrun_flow_set(entry, 0);
    }
    if (self->waiting && !atomic_load(&self->abandoned))
        return; /* the watch has the reference now */
    if (self->waiting) {
        self->waiting = false;
        if (!jsrun_promise_unwatch(entry, self->watch)) return;
    }
    complete(self, entry);
}

static PyObject *settled_body(js_call *call, jsrun_entry *entry) {
    async_object *self = call->async;
    if (self->status == JSRUN_OK && call->settled) return call->settled(call, entry, self->value);
    if (self->status == JSRUN_OK) return call_convert(call, entry, self->value);
    errors_raise(call->runtime, entry, self->status);
    return NULL;
}

static void async_settled(jsrun_entry *entry, void *data, jsrun_status status, jsrun_value value) {
    async_object *self = data;
    js_call *call = self->call;
    self->waiting = false;
    if (!atomic_load(&self->abandoned)) {
        call->pending = false;
        call_start(call, entry);
        if (status == JSRUN_OK && call->direct) {
            keep_value(self, entry, value);
        } else {
            jsrun_entry_acquire_host(entry);
            self->status = status;
            self->value = value;
            call->body = settled_body;
            call_body_run(call, entry);
        }
        call_finish(call, entry);
    }
    complete(self, entry);
    jsrun_entry_release_host(entry);
}

static int watched(async_object *self, jsrun_entry *entry, jsrun_status status) {
    if (await_settlement(self, status)) return 0;
    errors_raise(self->call->runtime, entry, status);
    return -1;
}

int async_watch(async_object *self, jsrun_entry *entry, jsrun_value promise) {
    return watched(self, entry,
                   jsrun_promise_watch(entry, promise, async_settled, self, &self->watch));
}

int async_read(async_object *self, jsrun_entry *entry, jsrun_value stream) {
    return watched(self, entry,
                   jsrun_stream_read(entry, stream, async_settled, self, &self->watch));
}

static void async_cancelled(void *data, jsrun_status why) { fail(data, why); }

/* --- abandoning ------------------------------------------------------------------------------- */

static void unwatch_job(jsrun_entry *entry, void *data) {
    async_object *self = data;
    if (self->waiting && jsrun_promise_unwatch(entry, self->watch)) {
        self->waiting = false;
        complete(self, entry);
    }
    Py_DECREF(self);
}

static void unwatch_cancelled(void *data, jsrun_status Py_UNUSED(why)) { Py_DECREF(data); }

PyDoc_STRVAR(abandon_doc, "abandon($self, /)\n--\n\n"
                          "Nobody waits for the outcome any more: stop the call if it runs.");

static PyObject *async_abandon(PyObject *object, PyObject *Py_UNUSED(unused)) {
    async_object *self = (async_object *)object;
    jsrun_runtime *runtime = self->call->runtime->runtime;
    if (!self->evaluation || self->abandoned) return Py_NewRef(Py_None);
    /* Must be set before `waiting` is read: then at least one of the two threads sees what the
     * other one has set. */
    self->abandoned = true;
    cancel_timer(self);
    if (self->flow.number) jsrun_flow_abandon(runtime, self->flow.number);
    if (!self->waiting) {
        jsrun_interrupt(runtime, self);
        return Py_NewRef(Py_None);
    }
    Py_INCREF(self);
    if (jsrun_post(runtime, unwatch_job, unwatch_cancelled, self) != JSRUN_OK) Py_DECREF(self);
    return Py_NewRef(Py_None);
}

PyDoc_STRVAR(is_waiting_doc, "is_waiting($self, /)\n--\n\n"
                             "Whether JavaScript has returned a promise that is still pending.");

static PyObject *async_is_waiting(PyObject *object, PyObject *Py_UNUSED(unused)) {
    return PyBool_FromLong(((async_object *)object)->waiting);
}

PyDoc_STRVAR(paused_doc,
             "paused_seconds($self, /)\n--\n\n"
             "For how many seconds the runtime has been paused in a debugger, in all its life.");

static PyObject *async_paused_seconds(PyObject *object, PyObject *Py_UNUSED(unused)) {
    async_object *self = (async_object *)object;
    return PyFloat_FromDouble(jsrun_runtime_paused_seconds(self->call->runtime->runtime));
}

/* --- starting --------------------------------------------------------------------------------- */

bool async_is_possible(module_state *state) {
    PyObject *loop = PyObject_CallNoArgs(state->get_running_loop);
    bool possible = loop && loop != Py_None;
    Py_XDECREF(loop);
    PyErr_Clear();
    return possible;
}

PyObject *async_later(module_state *state, PyObject *self, const char *method,
                      PyObject *const *arguments, Py_ssize_t count, PyObject *names) {
    Py_ssize_t total = count + (names ? PyTuple_GET_SIZE(names) : 0);
    PyObject **all = PyMem_New(PyObject *, (size_t)total + 1);
    if (!all) return PyErr_NoMemory();
    PyObject *coroutine = NULL;
    all[0] = PyObject_GetAttrString(self, method);
    for (Py_ssize_t i = 0; i < total; i++) all[1 + i] = arguments[i];
    if (all[0]) coroutine = PyObject_Vectorcall(state->later, all, (size_t)count + 1, names);
    Py_XDECREF(all[0]);
    PyMem_Free(all);
    return coroutine;
}

static int note_flow(async_object *self) {
    runtime_object *runtime = self->call->runtime;
    if (++runtime->last_flow > INT32_MAX) runtime->last_flow = 1;
    if (flow_table_add(&runtime->flows, &self->flow, runtime->last_flow) == 0) return 0;
    PyErr_NoMemory();
    return -1;
}

static async_object *async_new(js_call *call, void (*clear)(js_call *call)) {
    runtime_object *runtime = call->runtime;
    PyTypeObject *type = runtime->state->async_type;
    async_object *self = (async_object *)type->tp_alloc(type, 0);
    if (!self) {
        clear(call);
        PyMem_Free(call);
        return NULL;
    }
    Py_INCREF(runtime);
    self->call = call;
    self->clear = clear;
    call->async = self;
    call->watch = async_watch;
    if (runtime_check(runtime) == 0) return self;
    Py_DECREF(self);
    return NULL;
}

/* For a call that was not started. Its evaluation refers to it. */
static void give_up(async_object *self) {
    Py_CLEAR(self->evaluation);
    cancel_timer(self);
    Py_DECREF(self);
}

/* Posts the job of a call that has its evaluation. Takes over the reference to `self`. */
static int async_post(async_object *self) {
    runtime_object *runtime = self->call->runtime;
    if (note_flow(self) < 0) {
        give_up(self);
        return -1;
    }
    Py_XSETREF(runtime->last_scope, Py_XNewRef(self->scope));
    Py_XSETREF(runtime->last_loop,
               Py_XNewRef(self->outcomes ? outcomes_loop(self->outcomes) : NULL));
    Py_XSETREF(runtime->last_context, Py_XNewRef(self->context));
    if (self->outcomes) outcomes_expect(self->outcomes);
    atomic_fetch_add(&runtime->in_flight, 1);
    jsrun_status status = jsrun_post_without_host(
        runtime->runtime, self->flow.number, self->call->limit, async_job, async_cancelled, self);
    if (status != JSRUN_OK) async_cancelled(self, status);
    return 0;
}

int async_start_for(js_call *call, void (*clear)(js_call *call), PyObject *evaluation) {
    async_object *self = async_new(call, clear);
    if (!self) return -1;
    self->scope = PyObject_GetAttrString(evaluation, "_scope");
    if (!self->scope) {
        Py_DECREF(self);
        return -1;
    }
    self->evaluation = Py_NewRef(evaluation);
    if (call->timeout > 0) call->limit = jsrun_limit_start(call->timeout);
    return async_post(self);
}

/* A future of the loop. */
static PyObject *new_evaluation(async_object *self, PyObject *loop) {
    module_state *state = self->call->runtime->state;
    PyObject *evaluation = PyObject_Vectorcall(state->evaluation, &loop, 0, state->loop_keyword);
    if (evaluation && PyObject_SetAttr(evaluation, state->call_name, (PyObject *)self) < 0)
        Py_CLEAR(evaluation);
    return evaluation;
}

/* The loop's timer tells the future in time. The call's limit stops its JavaScript even if the loop
 * does not run any more. -1 with an exception set: `timeout` is no timeout. */
static int set_timeout(async_object *self, PyObject *timeout) {
    runtime_object *runtime = self->call->runtime;
    double seconds;
    if (!timeouts_read(runtime, timeout, &seconds)) return -1;
    if (seconds <= 0) return 0;
    self->call->limit = jsrun_limit_start(seconds);
    self->timer =
        PyObject_CallFunction(runtime->state->limit, "OOd", self->evaluation, self, seconds);
    return self->timer ? 0 : -1;
}

static int prepare(async_object *self, PyObject *timeout) {
    module_state *state = self->call->runtime->state;
    PyObject *loop = PyObject_CallNoArgs(state->get_running_loop);
    if (!loop) return -1;
    self->outcomes = outcomes_of(state, loop);
    if (self->outcomes) self->context = PyContext_CopyCurrent();
    if (self->context) self->evaluation = new_evaluation(self, loop);
    Py_DECREF(loop);
    if (!self->evaluation) return -1;
    return set_timeout(self, timeout);
}

PyObject *async_start(js_call *call, void (*clear)(js_call *call), PyObject *timeout) {
    async_object *self = async_new(call, clear);
    if (!self) return NULL;
    self->outcome.type = &async_outcome;
    if (prepare(self, timeout) < 0) {
        give_up(self);
        return NULL;
    }
    PyObject *evaluation = Py_NewRef(self->evaluation);
    if (async_post(self) == 0) return evaluation;
    Py_DECREF(evaluation);
    return NULL;
}

/* --- whose it is ------------------------------------------------------------------------------ */

/* NULL without an exception: the loop is gone. */
static PyObject *make_scope(module_state *state, PyObject *loop_reference, PyObject *context) {
    PyObject *loop;
    if (PyWeakref_GetRef(loop_reference, &loop) <= 0) return NULL;
    PyObject *scope = PyObject_CallFunctionObjArgs(state->scope_of, loop, context, NULL);
    if (!scope) PyErr_Clear();
    Py_DECREF(loop);
    return scope;
}

static PyObject *async_scope(async_object *self) {
    if (!self->scope && self->context)
        self->scope =
            make_scope(self->call->runtime->state, outcomes_loop(self->outcomes), self->context);
    return Py_XNewRef(self->scope);
}

PyObject *async_find_scope(runtime_object *runtime, uint32_t number) {
    flow *found = number ? flow_table_find(&runtime->flows, number) : NULL;
    if (found) return async_scope((async_object *)((char *)found - offsetof(async_object, flow)));
    for (const js_call *call = runtime->call; call; call = call->outer)
        if (call->async) return async_scope(call->async);
    return NULL;
}

PyObject *async_last_scope(runtime_object *runtime) {
    if (!runtime->last_scope && runtime->last_context)
        runtime->last_scope = make_scope(runtime->state, runtime->last_loop, runtime->last_context);
    return runtime->last_scope;
}

/* --- the type --------------------------------------------------------------------------------- */

static void async_dealloc(PyObject *object) {
    async_object *self = (async_object *)object;
    PyTypeObject *type = Py_TYPE(object);
    runtime_object *runtime = self->call->runtime;
    forget(self);
    Py_XDECREF(self->evaluation);
    Py_XDECREF((PyObject *)self->outcomes);
    Py_XDECREF(self->context);
    Py_XDECREF(self->scope);
    self->clear(self->call);
    PyMem_Free(self->call);
    type->tp_free(object);
    Py_DECREF(type);
    runtime_release_later(runtime);
}

PyDoc_STRVAR(look_doc, "look($self, /)\n--\n\n"
                       "The evaluation is awaited. It may be done when this returns.");

static PyObject *async_look(PyObject *object, PyObject *Py_UNUSED(unused)) {
    async_object *self = (async_object *)object;
    if (self->evaluation && self->outcomes) outcomes_await(self->outcomes);
    return Py_NewRef(Py_None);
}

static PyMethodDef async_methods[] = {
    {"look", async_look, METH_NOARGS, look_doc},
    {"abandon", async_abandon, METH_NOARGS, abandon_doc},
    {"is_waiting", async_is_waiting, METH_NOARGS, is_waiting_doc},
    {"paused_seconds", async_paused_seconds, METH_NOARGS, paused_doc},
    {NULL},
};

static PyMemberDef async_members[] = {
    {"timer", T_OBJECT, offsetof(async_object, timer), 0, "The timeout's TimerHandle, or None."},
    {"steps", T_OBJECT, offsetof(async_object, steps), 0,
     "The iterator that send() and throw() go on with, or None."},
    {NULL},
};

PyDoc_STRVAR(async_doc, "A call that an awaitable waits for.");

static PyType_Slot async_slots[] = {
    {Py_tp_doc, (char *)async_doc},
    {Py_tp_dealloc, async_dealloc},
    {Py_tp_methods, async_methods},
    {Py_tp_members, async_members},
    {0, NULL},
};

static PyType_Spec async_spec = {
    .name = "jsrun._jsrun._Call",
    .basicsize = sizeof(async_object),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = async_slots,
};

PyTypeObject *async_type_new(PyObject *module) {
    PyTypeObject *type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &async_spec, NULL);
    if (type) type->tp_new = NULL;
    return type;
}
