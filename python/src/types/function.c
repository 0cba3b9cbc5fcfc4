#include "types/function.h"

#include "base/arguments.h"
#include "base/errors.h"
#include "base/integers.h"
#include "base/timeouts.h"
#include "calls/async_call.h"
#include "calls/call_run.h"
#include "values/function_value.h"
#include "values/to_js.h"

#include "jsrun/execute.h"

/* --- calling ---------------------------------------------------------------------------------- */

/* Up to this many arguments are kept on the C stack. */
enum { SHORT = 8 };

typedef struct function_call {
    js_call call;
    const function_object *function;
    PyObject *const *arguments;
    size_t argument_count;
} function_call;

static PyObject *call_with(js_call *call, jsrun_entry *entry, jsrun_value *values) {
    const function_call *self = (const function_call *)call;
    bool counts = call->runtime->limits.bytes >= JSRUN_ITEM_BYTES;
    for (size_t i = 0; i < self->argument_count; i++) {
        int32_t small;
        values[i] = counts && integer_is_short(self->arguments[i], &small)
                        ? jsrun_integer(entry, small)
                        : to_js(call->runtime, entry, self->arguments[i]);
        if (!values[i]) return NULL;
    }
    /* Looked up after the conversion: code of the program that it ran may have closed the
     * function. */
    jsrun_value function = jsrun_handle_get(entry, self->function->function);
    if (!function) {
        function_raise_closed(self->function);
        return NULL;
    }
    jsrun_value receiver = NULL;
    if (handle_is_set(self->function->receiver))
        receiver = jsrun_handle_get(entry, self->function->receiver);
    jsrun_value result;
    jsrun_status status =
        jsrun_call(entry, function, receiver, values, self->argument_count, &result);
    if (status != JSRUN_OK) {
        errors_raise(call->runtime, entry, status);
        return NULL;
    }
    return call_settle(call->runtime, entry, result);
}

static PyObject *call_body(js_call *call, jsrun_entry *entry) {
    size_t count = ((function_call *)call)->argument_count;
    if (count <= SHORT) {
        jsrun_value values[SHORT];
        return call_with(call, entry, values);
    }
    jsrun_value *values = PyMem_New(jsrun_value, count);
    if (!values) return PyErr_NoMemory();
    PyObject *result = call_with(call, entry, values);
    PyMem_Free(values);
    return result;
}

/* Reads the one keyword that is possible: the arguments of a JavaScript function have no names. */
static bool read_keywords(const function_object *self, PyObject *names, PyObject *const *values,
                          double *timeout) {
    *timeout = self->runtime->timeout;
    for (Py_ssize_t i = 0; names && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        if (PyUnicode_CompareWithASCIIString(name, "timeout") != 0) {
            PyErr_Format(PyExc_TypeError,
                         "a JsFunction takes no keyword arguments but timeout, not %R", name);
            return false;
        }
        if (!timeouts_read(self->runtime, values[i], timeout)) return false;
    }
    return true;
}

static PyObject *function_vectorcall(PyObject *callable, PyObject *const *arguments, size_t count,
                                     PyObject *names) {
    function_object *self = (function_object *)callable;
    double timeout;
    if (!function_is_open(self)) {
        function_raise_closed(self);
        return NULL;
    }
    PyObject *const *keywords = arguments + PyVectorcall_NARGS(count);
    if (!read_keywords(self, names, keywords, &timeout)) return NULL;
    function_call call = {
        .call = {.runtime = self->runtime,
                 .body = call_body,
                 .kind = STATS_CALL_FUNCTION_SYNC,
                 .awaitable = true,
                 .timeout = timeout},
        .function = self,
        .arguments = arguments,
        .argument_count = (size_t)PyVectorcall_NARGS(count),
    };
    /* The caller's reference to the function may be gone before the call is over. */
    Py_INCREF(self);
    PyObject *result = call_run(&call.call);
    Py_DECREF(self);
    return result;
}

/* --- for asyncio ------------------------------------------------------------------------------ */

/* A call that outlives its caller's arguments. */
typedef struct async_function_call {
    function_call base;
    PyObject *arguments; /* tuple */
} async_function_call;

static void clear_async_call(js_call *call) {
    async_function_call *self = (async_function_call *)call;
    Py_XDECREF(self->arguments);
    Py_XDECREF((PyObject *)self->base.function);
}

static PyObject *arguments_tuple(PyObject *const *arguments, Py_ssize_t count) {
    PyObject *tuple = PyTuple_New(count);
    for (Py_ssize_t i = 0; tuple && i < count; i++)
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(arguments[i]));
    return tuple;
}

PyDoc_STRVAR(call_async_doc,
             "call_async($self, /, *args, timeout=None)\n--\n\n"
             "Call the function without blocking the asyncio loop. The result has to be awaited.\n"
             "\n"
             "The awaitable waits until a Promise is settled. timeout and cancellation are as for\n"
             "Runtime.eval_async().");

static PyObject *function_call_async(PyObject *object, PyObject *const *arguments, Py_ssize_t count,
                                     PyObject *names) {
    static const char *const parameters[] = {"timeout"};
    function_object *self = (function_object *)object;
    PyObject *timeout = NULL;
    if (!arguments_parse("call_async", parameters, 1, 0, 0, arguments + count, 0, names,
                         &timeout)) {
        return NULL;
    }
    if (!function_is_open(self)) {
        function_raise_closed(self);
        return NULL;
    }
    if (!async_is_possible(self->runtime->state))
        return async_later(self->runtime->state, object, "call_async", arguments, count, names);
    async_function_call *call = PyMem_Calloc(1, sizeof *call);
    PyObject *kept = call ? arguments_tuple(arguments, count) : NULL;
    if (!kept) {
        PyMem_Free(call);
        return PyErr_NoMemory();
    }
    call->base.call =
        (js_call){.runtime = self->runtime, .body = call_body, .kind = STATS_CALL_FUNCTION_ASYNC};
    call->base.function = (function_object *)Py_NewRef(object);
    call->base.arguments = ((PyTupleObject *)kept)->ob_item;
    call->base.argument_count = (size_t)count;
    call->arguments = kept;
    return async_start(&call->base.call, clear_async_call, timeout);
}

/* --- the type --------------------------------------------------------------------------------- */

static void drop_handles(function_object *self) {
    if (!self->runtime) return;
    jsrun_handle function = self->function, receiver = self->receiver;
    self->function = self->receiver = (jsrun_handle){0, 0};
    if (handle_is_set(function)) {
        self->runtime->stats.gauges[STATS_OPEN_RESOURCES]--;
        jsrun_handle_drop(self->runtime->runtime, function);
    }
    if (handle_is_set(receiver)) jsrun_handle_drop(self->runtime->runtime, receiver);
}

PyDoc_STRVAR(
    close_doc,
    "close($self, /)\n--\n\n"
    "Give up the JavaScript function, so that JavaScript can collect it as garbage.\n"
    "\n"
    "To call the proxy afterwards raises RuntimeError. Without close() the function is\n"
    "given up when the proxy is garbage collected. Never blocks, and may be called again.\n"
    "The return value may be awaited, and need not be.");

static PyObject *function_close(PyObject *self, PyObject *Py_UNUSED(unused)) {
    drop_handles((function_object *)self);
    return Py_NewRef(((module_state *)PyType_GetModuleState(Py_TYPE(self)))->done);
}

static PyObject *function_repr(PyObject *object) {
    function_object *self = (function_object *)object;
    const char *state = function_is_open(self) ? "" : " (closed)";
    if (!self->name || !PyUnicode_GET_LENGTH(self->name))
        return PyUnicode_FromFormat("<JsFunction (anonymous)%s>", state);
    return PyUnicode_FromFormat("<JsFunction %U%s>", self->name, state);
}

static int function_traverse(PyObject *object, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(object));
    Py_VISIT((PyObject *)((function_object *)object)->runtime);
    return 0;
}

static int function_clear(PyObject *object) {
    function_object *self = (function_object *)object;
    drop_handles(self);
    Py_CLEAR(self->runtime);
    return 0;
}

static void function_dealloc(PyObject *object) {
    function_object *self = (function_object *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    if (self->weak_references) PyObject_ClearWeakRefs(object);
    function_clear(object);
    Py_CLEAR(self->name);
    type->tp_free(object);
    Py_DECREF(type);
}

PyDoc_STRVAR(
    function_doc,
    "A JavaScript function, held by Python.\n"
    "\n"
    "Call it with positional arguments. The arguments and the result are converted as by\n"
    "Runtime.eval(). A function that came as a property of an object is called with that\n"
    "object as `this`. A Promise that is pending is waited for; while an asyncio loop runs\n"
    "in the thread, an awaitable is returned instead. Passed back into its runtime it is\n"
    "the same function.\n"
    "\n"
    "The keyword timeout, in seconds or as a timedelta, limits how long the call may take.\n"
    "Without it the timeout of the RuntimeConfig holds.\n"
    "\n"
    "Raises JavaScriptError for what the function throws, RuntimeTimeout after the timeout,\n"
    "and RuntimeError once the function or its runtime is closed.");

static PyMethodDef function_methods[] = {
    {"call_async", (PyCFunction)(void (*)(void))function_call_async, METH_FASTCALL | METH_KEYWORDS,
     call_async_doc},
    {"close", function_close, METH_NOARGS, close_doc},
    {NULL},
};

static PyMemberDef function_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(function_object, vectorcall), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(function_object, weak_references), READONLY, NULL},
    {"__name__", T_OBJECT, offsetof(function_object, name), READONLY,
     "The name of the function in JavaScript; empty if it has none."},
    {NULL},
};

static PyType_Slot function_slots[] = {
    {Py_tp_doc, (char *)function_doc},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_repr, function_repr},
    {Py_tp_traverse, function_traverse},
    {Py_tp_clear, function_clear},
    {Py_tp_dealloc, function_dealloc},
    {Py_tp_methods, function_methods},
    {Py_tp_members, function_members},
    {0, NULL},
};

static PyType_Spec function_spec = {
    .name = "jsrun.JsFunction",
    .basicsize = sizeof(function_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = function_slots,
};

PyTypeObject *function_type_new(PyObject *module) {
    PyTypeObject *type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &function_spec, NULL);
    if (!type) return NULL;
    type->tp_new = NULL; /* they come from JavaScript */
    ((module_state *)PyModule_GetState(module))->call_function = function_vectorcall;
    return type;
}
