#include "async_call.h"

#include "errors.h"

#include "jsrun/stream.h"

/* Everything in here is under the GIL, except for what jsrun/promise.h says about async_settled(). */
struct async_object {
    PyObject_HEAD js_call *call;
    void (*clear)(js_call *call);
    PyObject *evaluation; /* the future; NULL once it was told */
    PyObject *flow;       /* the number that follows its JavaScript */
    uint32_t watch;
    bool waiting;
    bool abandoned;
    /* While async_settled() runs. */
    jsrun_status status;
    jsrun_value value;
};

/* --- the outcome ---------------------------------------------------------------------------------- */

static PyObject *take_outcome(js_call *call, bool *failed) {
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

/* Tells the future, by way of its loop. */
static void complete(async_object *self) {
    bool failed;
    PyObject *outcome = take_outcome(self->call, &failed);
    PyObject *evaluation = self->evaluation;
    self->evaluation = NULL;
    self->call->runtime->in_flight--;
    call_end_pending(self->call);
    if (self->flow && PyDict_DelItem(self->call->runtime->flows, self->flow) < 0) PyErr_Clear();
    if (!self->abandoned) {
        PyObject *told =
            PyObject_CallMethod(evaluation, "_complete", "OO", failed ? Py_True : Py_False,
                                outcome ? outcome : Py_None);
        if (!told) PyErr_WriteUnraisable(evaluation);
        Py_XDECREF(told);
    }
    Py_XDECREF(outcome);
    Py_DECREF(evaluation);
}

static void fail(async_object *self, jsrun_status status) {
    errors_raise_status(self->call->runtime->state, status);
    Py_XSETREF(self->call->error, PyErr_GetRaisedException());
    complete(self);
}

/* --- jobs ----------------------------------------------------------------------------------------- */

static PyObject *settled_body(js_call *call, jsrun_entry *entry) {
    async_object *self = call->async;
    if (self->status == JSRUN_OK && call->settled) return call->settled(call, entry, self->value);
    if (self->status == JSRUN_OK) return call_convert(call, entry, self->value);
    call_raise(call->runtime, entry, self->status);
    return NULL;
}

static void async_settled(jsrun_entry *entry, void *data, jsrun_status status, jsrun_value value) {
    async_object *self = data;
    jsrun_entry_acquire_host(entry);
    self->waiting = false;
    if (!self->abandoned) {
        self->status = status;
        self->value = value;
        self->call->body = settled_body;
        self->call->pending = false;
        call_job(entry, self->call);
    }
    complete(self);
    Py_DECREF(self);
    jsrun_entry_release_host(entry);
}

static int await_settlement(async_object *self, jsrun_entry *entry, jsrun_status status) {
    if (status != JSRUN_OK) {
        call_raise(self->call->runtime, entry, status);
        return -1;
    }
    self->waiting = true;
    return 0;
}

int async_watch(async_object *self, jsrun_entry *entry, jsrun_value promise) {
    return await_settlement(self, entry,
                            jsrun_promise_watch(entry, promise, async_settled, self, &self->watch));
}

int async_read(async_object *self, jsrun_entry *entry, jsrun_value stream) {
    return await_settlement(self, entry,
                            jsrun_stream_read(entry, stream, async_settled, self, &self->watch));
}

static void async_job(jsrun_entry *entry, void *data) {
    async_object *self = data;
    if (!self->abandoned) {
        jsrun_flow_set(entry, (uint32_t)PyLong_AsUnsignedLong(self->flow));
        call_job(entry, self->call);
        jsrun_flow_set(entry, 0);
    }
    if (self->waiting && !self->abandoned) return; /* the watch has the reference now */
    if (self->waiting) {
        self->waiting = false;
        if (!jsrun_promise_unwatch(entry, self->watch)) return;
    }
    complete(self);
    Py_DECREF(self);
}

static void async_cancelled(void *data, jsrun_status why) {
    async_object *self = data;
    fail(self, why);
    Py_DECREF(self);
}

/* --- abandoning ------------------------------------------------------------------------------------ */

static void unwatch_job(jsrun_entry *entry, void *data) {
    async_object *self = data;
    if (self->waiting && jsrun_promise_unwatch(entry, self->watch)) {
        self->waiting = false;
        complete(self);
        Py_DECREF(self);
    }
    Py_DECREF(self);
}

static void unwatch_cancelled(void *data, jsrun_status Py_UNUSED(why)) { Py_DECREF(data); }

PyDoc_STRVAR(abandon_doc, "abandon($self, /)\n--\n\n"
                          "Nobody waits for the outcome any more: stop the call, if it runs.");

static PyObject *async_abandon(PyObject *object, PyObject *Py_UNUSED(unused)) {
    async_object *self = (async_object *)object;
    jsrun_runtime *runtime = self->call->runtime->runtime;
    if (!self->evaluation || self->abandoned) return Py_NewRef(Py_None);
    self->abandoned = true;
    if (self->flow) jsrun_flow_abandon(runtime, (uint32_t)PyLong_AsUnsignedLong(self->flow));
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

PyDoc_STRVAR(paused_doc, "paused_seconds($self, /)\n--\n\n"
                         "For how long the runtime was stopped in the debugger, in all its life.");

static PyObject *async_paused_seconds(PyObject *object, PyObject *Py_UNUSED(unused)) {
    async_object *self = (async_object *)object;
    return PyFloat_FromDouble(jsrun_runtime_paused_seconds(self->call->runtime->runtime));
}

/* --- starting -------------------------------------------------------------------------------------- */

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

/* The scope is to be found by the number while the call is under way. */
static int note_flow(async_object *self) {
    runtime_object *runtime = self->call->runtime;
    if (++runtime->last_flow > INT32_MAX) runtime->last_flow = 1;
    self->flow = PyLong_FromUnsignedLong(runtime->last_flow);
    return self->flow ? PyDict_SetItem(runtime->flows, self->flow, self->call->scope) : -1;
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
    if (runtime_check(runtime) == 0) return self;
    Py_DECREF(self);
    return NULL;
}

/* Posts the job of a call that has its evaluation. Takes over the reference to `self`. */
static int async_post(async_object *self) {
    js_call *call = self->call;
    runtime_object *runtime = call->runtime;
    call->scope = PyObject_GetAttrString(self->evaluation, "_scope");
    if (!call->scope || note_flow(self) < 0) {
        Py_DECREF(self);
        return -1;
    }
    Py_XSETREF(runtime->last_scope, Py_XNewRef(call->scope));
    runtime->in_flight++;
    jsrun_status status = jsrun_post(runtime->runtime, async_job, async_cancelled, self);
    if (status != JSRUN_OK) async_cancelled(self, status);
    return 0;
}

int async_start_for(js_call *call, void (*clear)(js_call *call), PyObject *evaluation) {
    async_object *self = async_new(call, clear);
    if (!self) return -1;
    self->evaluation = Py_NewRef(evaluation);
    return async_post(self);
}

PyObject *async_start(js_call *call, void (*clear)(js_call *call), PyObject *timeout) {
    runtime_object *runtime = call->runtime;
    module_state *state = runtime->state;
    async_object *self = async_new(call, clear);
    if (!self) return NULL;
    bool has_own = timeout && timeout != Py_None;
    PyObject *limit = has_own                ? Py_NewRef(timeout)
                      : runtime->timeout > 0 ? PyFloat_FromDouble(runtime->timeout)
                                             : Py_NewRef(Py_None);
    if (!limit) goto failed;
    self->evaluation =
        PyObject_CallFunctionObjArgs(state->new_evaluation, (PyObject *)self, limit, NULL);
    Py_DECREF(limit);
    if (!self->evaluation) goto failed;
    PyObject *evaluation = Py_NewRef(self->evaluation);
    if (async_post(self) == 0) return evaluation;
    Py_DECREF(evaluation);
    return NULL;

failed:
    Py_DECREF(self);
    return NULL;
}

/* --- the type --------------------------------------------------------------------------------------- */

static void async_dealloc(PyObject *object) {
    async_object *self = (async_object *)object;
    PyTypeObject *type = Py_TYPE(object);
    runtime_object *runtime = self->call->runtime;
    Py_XDECREF(self->evaluation);
    Py_XDECREF(self->flow);
    Py_CLEAR(self->call->scope);
    self->clear(self->call);
    PyMem_Free(self->call);
    type->tp_free(object);
    Py_DECREF(type);
    runtime_release_later(runtime);
}

static PyMethodDef async_methods[] = {
    {"abandon", async_abandon, METH_NOARGS, abandon_doc},
    {"is_waiting", async_is_waiting, METH_NOARGS, is_waiting_doc},
    {"paused_seconds", async_paused_seconds, METH_NOARGS, paused_doc},
    {NULL},
};

PyDoc_STRVAR(async_doc, "A call that an awaitable waits for.");

static PyType_Slot async_slots[] = {
    {Py_tp_doc, (char *)async_doc},
    {Py_tp_dealloc, async_dealloc},
    {Py_tp_methods, async_methods},
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
