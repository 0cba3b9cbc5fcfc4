#include "types/runtime_type.h"

#include "base/errors.h"
#include "base/property_names.h"
#include "calls/evaluate.h"
#include "calls/operations.h"
#include "handlers/bindings.h"
#include "handlers/host.h"
#include "handlers/ops.h"
#include "handlers/stream_sources.h"
#include "types/buffer.h"
#include "types/debugging.h"
#include "types/runtime_modules.h"
#include "types/runtime_settings.h"
#include "values/breaks.h"

/* --- the list of all runtimes ----------------------------------------------------------------- */

static void list_add(runtime_object *self) {
    self->next = self->state->runtimes;
    self->state->runtimes = self;
}

static void list_remove(runtime_object *self) {
    for (runtime_object **at = &self->state->runtimes; *at; at = &(*at)->next) {
        if (*at != self) continue;
        *at = self->next;
        break;
    }
}

/* --- life ------------------------------------------------------------------------------------- */

void runtime_close(runtime_object *self) {
    self->closed = true;
    if (!self->runtime) return;
    jsrun_runtime_close(self->runtime); /* closes the target, too */
    operations_cancel(self);
    stream_sources_close(self);
}

static PyObject *runtime_object_new(PyTypeObject *type, PyObject *Py_UNUSED(args),
                                    PyObject *Py_UNUSED(kwargs)) {
    module_state *state = PyType_GetModuleState(type);
    runtime_object *self = state ? (runtime_object *)type->tp_alloc(type, 0) : NULL;
    if (!self) return NULL;
    self->state = state;
    self->interpreter = PyInterpreterState_Get();
    self->handlers = PyList_New(0);
    self->spare_numbers = PyList_New(0);
    self->handler_names = PyDict_New();
    self->operations = PySet_New(NULL);
    self->settlements = PyList_New(0);
    self->modules = PyObject_CallNoArgs(state->modules);
    self->streams = PyDict_New();
    self->inspector_lock = PyThread_allocate_lock();
    if (!self->inspector_lock) PyErr_NoMemory();
    if (!self->inspector_lock || !self->handlers || !self->spare_numbers || !self->handler_names ||
        !self->operations || !self->settlements || !self->modules || !self->streams)
        Py_CLEAR(self);
    return (PyObject *)self;
}

/* What a RuntimeConfig says about modules concerns only Python. */
static bool configure_modules(runtime_object *self, PyObject *config) {
    PyObject *done = PyObject_CallMethod(self->modules, "configure", "O", config);
    Py_XDECREF(done);
    return done;
}

static int start(runtime_object *self, runtime_settings *settings) {
    jsrun_host host = host_of(self);
    settings->runtime.host = &host;
    self->limits = settings->limits;
    if (settings->runtime.console) self->console = Py_NewRef(settings->console);
    if (settings->uncaught_handler != Py_None)
        self->uncaught_handler = Py_NewRef(settings->uncaught_handler);
    if (settings->snapshot != Py_None) self->snapshot = Py_NewRef(settings->snapshot);
    self->timeout = settings->timeout;
    jsrun_status status = jsrun_runtime_new(&settings->runtime, &self->runtime);
    if (status != JSRUN_OK) {
        errors_raise_status(self->state, status);
        return -1;
    }
    list_add(self);
    if (settings->has_inspector && inspector_open(self, &settings->inspector) < 0) return -1;
    if (settings->has_inspector && !self->target) jsrun_runtime_stop_waiting(self->runtime);
    if (settings->bootstrap == Py_None) return 0;
    if (jsrun_runtime_is_waiting_for_debugger(self->runtime))
        return evaluate_bootstrap_later(self, settings->bootstrap);
    return evaluate_bootstrap(self, settings->bootstrap);
}

static void close_failed(runtime_object *self) {
    PyObject *exception = PyErr_GetRaisedException();
    runtime_close(self);
    PyErr_SetRaisedException(exception);
}

static int runtime_object_init(PyObject *object, PyObject *args, PyObject *kwargs) {
    static char *parameters[] = {"config", NULL};
    runtime_object *self = (runtime_object *)object;
    PyObject *config = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:Runtime", parameters, &config)) return -1;
    if (self->runtime) {
        PyErr_SetString(PyExc_RuntimeError, "Runtime.__init__() was called already");
        return -1;
    }
    if (self->state->exiting) {
        PyErr_SetString(self->state->errors[ERROR_RUNTIME_CLOSED],
                        "cannot create a Runtime: the interpreter is exiting");
        return -1;
    }
    runtime_settings settings = {0};
    int result = -1;
    if (runtime_settings_read(&settings, self->state, config) && configure_modules(self, config)) {
        result = start(self, &settings);
        if (result < 0) close_failed(self);
    }
    Py_XDECREF(settings.tuple);
    return result;
}

static int runtime_object_traverse(PyObject *object, visitproc visit, void *arg) {
    runtime_object *self = (runtime_object *)object;
    Py_VISIT(Py_TYPE(object));
    int result = runtime_visit_kept(self, visit, arg);
    if (result) return result;
    Py_VISIT(self->operations);
    Py_VISIT(self->streams);
    Py_VISIT(self->performing);
    Py_VISIT(self->turn_waiters);
    Py_VISIT(self->endpoints);
    return 0;
}

static int runtime_object_clear(PyObject *object) {
    runtime_object *self = (runtime_object *)object;
    Py_CLEAR(self->performing);
    Py_CLEAR(self->turn_waiters);
    if (self->streams) PyDict_Clear(self->streams);
    runtime_drop_kept(self);
    return 0;
}

static void runtime_object_finalize(PyObject *object) {
    runtime_object *self = (runtime_object *)object;
    if (!self->runtime || self->closed) return;
    jsrun_status status = jsrun_runtime_state(self->runtime);
    if (status == JSRUN_FORKED || status == JSRUN_HEAP_LIMIT) return; /* it has closed by itself */
    PyObject *exception = PyErr_GetRaisedException();
    if (PyErr_ResourceWarning(object, 1, "unclosed %R", object) < 0) PyErr_WriteUnraisable(object);
    runtime_close(self);
    if (exception) PyErr_SetRaisedException(exception);
}

static void runtime_object_dealloc(PyObject *object) {
    runtime_object *self = (runtime_object *)object;
    PyTypeObject *type = Py_TYPE(object);
    if (PyObject_CallFinalizerFromDealloc(object) < 0) return;
    PyObject_GC_UnTrack(object);
    if (self->weak_references) PyObject_ClearWeakRefs(object);
    list_remove(self);
    if (self->runtime) {
        runtime_close(self); /* closed already, unless it was resurrected and used again */
        inspector_free(self);
        jsrun_runtime_release(self->runtime);
    }
    Py_CLEAR(self->snapshot);
    runtime_object_clear(object);
    Py_CLEAR(self->endpoints);
    Py_CLEAR(self->operations);
    Py_CLEAR(self->handler_names);
    Py_CLEAR(self->spare_numbers);
    flow_table_free(&self->flows);
    property_names_free(self);
    Py_CLEAR(self->last_code);
    Py_CLEAR(self->streams);
    PyMem_Free(self->spare_call);
    if (self->inspector_lock) PyThread_free_lock(self->inspector_lock);
    type->tp_free(object);
    Py_DECREF(type);
}

/* --- methods ---------------------------------------------------------------------------------- */

PyDoc_STRVAR(
    close_doc,
    "close($self, /)\n--\n\n"
    "Stop JavaScript that runs, detach debuggers, and free the isolate.\n"
    "\n"
    "Any thread may call it, also again. Calls that are under way in other threads raise\n"
    "RuntimeError. If a handler calls it, the runtime is closed as soon as the JavaScript\n"
    "that called the handler has ended.");

static PyObject *runtime_close_method(PyObject *self, PyObject *Py_UNUSED(unused)) {
    runtime_close((runtime_object *)self);
    return Py_NewRef(Py_None);
}

PyDoc_STRVAR(
    is_closed_doc,
    "is_closed($self, /)\n--\n\n"
    "Whether the runtime accepts no more work: it was closed or terminated, or it belongs\n"
    "to the process that this one was forked from.");

static PyObject *runtime_object_is_closed(PyObject *object, PyObject *Py_UNUSED(unused)) {
    runtime_object *self = (runtime_object *)object;
    return PyBool_FromLong(!self->runtime || jsrun_runtime_state(self->runtime) != JSRUN_OK);
}

PyDoc_STRVAR(
    terminate_doc,
    "terminate($self, /)\n--\n\n"
    "Stop the JavaScript that runs, for good, without waiting for it.\n"
    "\n"
    "Any thread may call it, also again. The call that runs the JavaScript raises\n"
    "RuntimeTerminated, and so does every later call. close() is still needed to free the\n"
    "isolate.");

static PyObject *runtime_object_terminate(PyObject *object, PyObject *Py_UNUSED(unused)) {
    runtime_object *self = (runtime_object *)object;
    if (self->runtime) jsrun_runtime_terminate(self->runtime);
    return Py_NewRef(Py_None);
}

static PyObject *runtime_object_enter(PyObject *object, PyObject *Py_UNUSED(unused)) {
    return runtime_check((runtime_object *)object) < 0 ? NULL : Py_NewRef(object);
}

static PyObject *runtime_object_exit(PyObject *object, PyObject *Py_UNUSED(args)) {
    runtime_close((runtime_object *)object);
    return Py_NewRef(Py_None);
}

static PyObject *runtime_object_repr(PyObject *object) {
    runtime_object *self = (runtime_object *)object;
    jsrun_status status = self->runtime ? jsrun_runtime_state(self->runtime) : JSRUN_CLOSED;
    const char *state = status == JSRUN_OK           ? "open"
                        : status == JSRUN_CLOSED     ? "closed"
                        : status == JSRUN_TERMINATED ? "terminated"
                        : status == JSRUN_FORKED     ? "forked"
                                                     : "ended";
    return PyUnicode_FromFormat("<jsrun.Runtime %s at %p>", state, object);
}

PyDoc_STRVAR(
    runtime_doc,
    "Runtime(config=None)\n--\n\n"
    "A JavaScript runtime: a V8 isolate with one global scope.\n"
    "\n"
    "State is kept from call to call. Any thread may use a runtime; calls of several\n"
    "threads come one after the other. Close it, or use it in a with statement: an open\n"
    "runtime that is garbage collected emits a ResourceWarning.\n"
    "\n"
    "config is a RuntimeConfig. Raises JavaScriptError if its bootstrap fails, and\n"
    "RuntimeError if its inspector cannot listen, if its settings contradict each other, or\n"
    "if the process was forked from one that had used V8.");

static PyMethodDef runtime_methods[] = {
    {"eval", (PyCFunction)(void (*)(void))evaluate_method, METH_FASTCALL | METH_KEYWORDS,
     evaluate_doc},
    {"create_buffer", buffer_create_method, METH_O, buffer_create_doc},
    {"bind", (PyCFunction)(void (*)(void))bindings_bind, METH_VARARGS | METH_KEYWORDS,
     bindings_bind_doc},
    {"bind_function", (PyCFunction)(void (*)(void))bindings_bind_function,
     METH_FASTCALL | METH_KEYWORDS, bindings_bind_function_doc},
    {"bind_object", (PyCFunction)(void (*)(void))bindings_bind_object,
     METH_FASTCALL | METH_KEYWORDS, bindings_bind_object_doc},
    {"register_op", (PyCFunction)(void (*)(void))ops_register, METH_FASTCALL | METH_KEYWORDS,
     ops_register_doc},
    {"revoke_op", ops_revoke, METH_O, ops_revoke_doc},
    {"add_static_module", (PyCFunction)(void (*)(void))modules_add_static,
     METH_FASTCALL | METH_KEYWORDS, modules_add_static_doc},
    {"set_module_resolver", (PyCFunction)(void (*)(void))modules_set_resolver,
     METH_FASTCALL | METH_KEYWORDS, modules_set_resolver_doc},
    {"set_module_loader", (PyCFunction)(void (*)(void))modules_set_loader,
     METH_FASTCALL | METH_KEYWORDS, modules_set_loader_doc},
    {"eval_module", (PyCFunction)(void (*)(void))modules_evaluate, METH_FASTCALL | METH_KEYWORDS,
     modules_evaluate_doc},
    {"eval_module_async", (PyCFunction)(void (*)(void))modules_evaluate_async,
     METH_FASTCALL | METH_KEYWORDS, modules_evaluate_async_doc},
    {"get_stats", stats_get, METH_NOARGS, stats_get_doc},
    {"stream_from_async_iterable", stream_sources_from_async_iterable, METH_O,
     stream_sources_from_async_iterable_doc},
    {"eval_async", (PyCFunction)(void (*)(void))evaluate_async_method,
     METH_FASTCALL | METH_KEYWORDS, evaluate_async_doc},
    {"close", runtime_close_method, METH_NOARGS, close_doc},
    {"is_closed", runtime_object_is_closed, METH_NOARGS, is_closed_doc},
    {"terminate", runtime_object_terminate, METH_NOARGS, terminate_doc},
    {"open_inspector", (PyCFunction)(void (*)(void))inspector_open_method,
     METH_VARARGS | METH_KEYWORDS, inspector_open_doc},
    {"close_inspector", inspector_close_method, METH_NOARGS, inspector_close_doc},
    /* For jsrun._vscode: the debugger that the runtime waits for will not come. */
    {"_stop_waiting", inspector_stop_waiting_method, METH_NOARGS, NULL},
    {"inspector_endpoints", inspector_endpoints_method, METH_NOARGS, inspector_endpoints_doc},
    {"inspector_session", (PyCFunction)(void (*)(void))debugging_session,
     METH_VARARGS | METH_KEYWORDS, debugging_session_doc},
    {"cpu_profile", (PyCFunction)(void (*)(void))debugging_cpu_profile,
     METH_VARARGS | METH_KEYWORDS, debugging_cpu_profile_doc},
    {"heap_snapshot", (PyCFunction)(void (*)(void))debugging_heap_snapshot,
     METH_VARARGS | METH_KEYWORDS, debugging_heap_snapshot_doc},
    {"coverage", (PyCFunction)(void (*)(void))debugging_coverage, METH_VARARGS | METH_KEYWORDS,
     debugging_coverage_doc},
    {"probe", (PyCFunction)(void (*)(void))debugging_probe, METH_VARARGS | METH_KEYWORDS,
     debugging_probe_doc},
    {"break_on_host_calls", breaks_on_host_calls, METH_VARARGS, breaks_on_host_calls_doc},
    {"wait_for_debugger", (PyCFunction)(void (*)(void))debugging_wait,
     METH_FASTCALL | METH_KEYWORDS, debugging_wait_doc},
    {"pause", debugging_pause, METH_NOARGS, debugging_pause_doc},
    {"_open_channel", debugging_open_channel, METH_O, debugging_open_channel_doc},
    {"__enter__", runtime_object_enter, METH_NOARGS, NULL},
    {"__exit__", runtime_object_exit, METH_VARARGS, NULL},
    {NULL},
};

static PyMemberDef runtime_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(runtime_object, weak_references), READONLY, NULL},
    {NULL},
};

static PyGetSetDef runtime_properties[] = {
    {"is_paused", debugging_is_paused, NULL, debugging_is_paused_doc, NULL},
    {"debugger_attached", debugging_attached, NULL, debugging_attached_doc, NULL},
    {NULL},
};

static PyType_Slot runtime_slots[] = {
    {Py_tp_doc, (char *)runtime_doc},        {Py_tp_new, runtime_object_new},
    {Py_tp_init, runtime_object_init},       {Py_tp_traverse, runtime_object_traverse},
    {Py_tp_clear, runtime_object_clear},     {Py_tp_finalize, runtime_object_finalize},
    {Py_tp_dealloc, runtime_object_dealloc}, {Py_tp_repr, runtime_object_repr},
    {Py_tp_methods, runtime_methods},        {Py_tp_members, runtime_members},
    {Py_tp_getset, runtime_properties},      {0, NULL},
};

static PyType_Spec runtime_spec = {
    .name = "jsrun.Runtime",
    .basicsize = sizeof(runtime_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = runtime_slots,
};

PyTypeObject *runtime_type_new(PyObject *module) {
    return (PyTypeObject *)PyType_FromModuleAndSpec(module, &runtime_spec, NULL);
}
