#include "handlers.h"

#include "arguments.h"
#include "call.h"
#include "errors.h"
#include "from_js.h"
#include "text.h"
#include "to_js.h"

#include "jsrun/execute.h"

/* --- being called ------------------------------------------------------------------------------------- */

/* Up to this many arguments fit into the prepared_call that every runtime keeps. */
enum { SHORT = 8 };

/* A call under way: made by prepare, carried out by perform, ended by finish. */
struct prepared_call {
    PyObject *handler;
    PyObject *result;
    PyObject *error;
    size_t count;
    /* One place more than there are arguments, in front: PY_VECTORCALL_ARGUMENTS_OFFSET. */
    PyObject *places[1 + SHORT];
};

static prepared_call *prepared_new(runtime_object *runtime, size_t count) {
    prepared_call *prepared = NULL;
    if (count <= SHORT) {
        prepared = runtime->spare_call;
        runtime->spare_call = NULL;
        count = SHORT;
    }
    if (!prepared) {
        prepared = PyMem_Malloc(offsetof(prepared_call, places) + (1 + count) * sizeof(PyObject *));
        if (!prepared) return NULL;
    }
    prepared->handler = prepared->result = prepared->error = NULL;
    prepared->count = 0;
    return prepared;
}

static void prepared_free(runtime_object *runtime, prepared_call *prepared, bool is_short) {
    for (size_t i = 0; i < prepared->count; i++) Py_DECREF(prepared->places[1 + i]);
    Py_XDECREF(prepared->handler);
    Py_XDECREF(prepared->result);
    Py_XDECREF(prepared->error);
    if (is_short && !runtime->spare_call)
        runtime->spare_call = prepared;
    else
        PyMem_Free(prepared);
}

/* What the handler raised, or what a conversion did: thrown in JavaScript, or stops it. Steals the reference. */
static void throw_exception(runtime_object *runtime, jsrun_entry *entry, jsrun_call_info *info,
                            PyObject *exception) {
    if (PyObject_TypeCheck(exception, (PyTypeObject *)PyExc_Exception)) {
        info->is_exception = true;
        info->result = errors_to_js(runtime, entry, exception);
        if (info->result)
            errors_note_crossing(runtime, entry, info->result, exception);
        else
            info->result = jsrun_null(entry); /* out of memory */
        Py_DECREF(exception);
        return;
    }
    /* KeyboardInterrupt, SystemExit and their like are not for JavaScript to catch. */
    js_call *call = runtime->call;
    if ((PyObject *)Py_TYPE(exception) == runtime->state->interrupted) {
        Py_DECREF(exception); /* the real one is kept already */
    } else if (call && !call->interrupt) {
        call->interrupt = exception;
    } else {
        PyErr_SetRaisedException(exception);
        PyErr_WriteUnraisable((PyObject *)runtime);
    }
    jsrun_entry_interrupt(entry);
}

static bool read_arguments(runtime_object *runtime, jsrun_entry *entry, const jsrun_call_info *info,
                           prepared_call *prepared) {
    while (prepared->count < info->argument_count) {
        PyObject *argument = from_js(runtime, entry, info->arguments[prepared->count]);
        if (!argument) return false;
        prepared->places[1 + prepared->count++] = argument;
    }
    return true;
}

void *handlers_prepare(void *data, jsrun_entry *entry, jsrun_call_info *info) {
    runtime_object *runtime = data;
    prepared_call *prepared = prepared_new(runtime, info->argument_count);
    if (!prepared) {
        PyErr_NoMemory();
    } else if (!runtime->handlers || info->function >= (size_t)PyList_GET_SIZE(runtime->handlers)) {
        PyErr_SetString(PyExc_RuntimeError, "the Python function behind this one is gone");
    } else {
        prepared->handler = Py_NewRef(PyList_GET_ITEM(runtime->handlers, info->function));
        if (read_arguments(runtime, entry, info, prepared)) return prepared;
    }
    throw_exception(runtime, entry, info, PyErr_GetRaisedException());
    if (prepared) prepared_free(runtime, prepared, info->argument_count <= SHORT);
    return NULL;
}

void handlers_perform(void *Py_UNUSED(data), void *prepared_data) {
    prepared_call *prepared = prepared_data;
    prepared->result = PyObject_Vectorcall(prepared->handler, prepared->places + 1,
                                           prepared->count | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    if (!prepared->result) prepared->error = PyErr_GetRaisedException();
}

void handlers_finish(void *data, jsrun_entry *entry, void *prepared_data, jsrun_call_info *info) {
    runtime_object *runtime = data;
    prepared_call *prepared = prepared_data;
    if (prepared->result) {
        info->result = to_js(runtime, entry, prepared->result);
        if (!info->result) prepared->error = PyErr_GetRaisedException();
    }
    if (prepared->error) {
        throw_exception(runtime, entry, info, prepared->error);
        prepared->error = NULL;
    }
    prepared_free(runtime, prepared, info->argument_count <= SHORT);
}

/* --- binding ------------------------------------------------------------------------------------------ */

typedef struct binding {
    js_call call;
    PyObject *name;
    uint32_t number;
} binding;

static PyObject *bind_body(js_call *call, jsrun_entry *entry) {
    const binding *self = (const binding *)call;
    jsrun_value name = string_to_js(entry, self->name);
    if (!name) return NULL;
    jsrun_value function = jsrun_host_function_new(entry, self->number, name);
    if (!function) return PyErr_NoMemory();
    if (!jsrun_object_define(entry, jsrun_global(entry), name, function)) {
        PyErr_Format(PyExc_RuntimeError, "globalThis[%R] cannot be changed", self->name);
        return NULL;
    }
    return Py_NewRef(Py_None);
}

/* While the runtime waits for a debugger a binding waits with it, and its caller does not. */
typedef struct posted_binding {
    binding binding;
    PyObject *runtime;
} posted_binding;

static void posted_free(posted_binding *posted) {
    Py_XDECREF(posted->binding.call.result);
    Py_XDECREF(posted->binding.call.error);
    Py_XDECREF(posted->binding.call.interrupt);
    Py_DECREF(posted->binding.name);
    runtime_release_later((runtime_object *)posted->runtime);
    PyMem_Free(posted);
}

static void posted_job(jsrun_entry *entry, void *data) {
    call_job(entry, data);
    posted_free(data);
}

static void posted_cancelled(void *data, jsrun_status Py_UNUSED(why)) { posted_free(data); }

static bool post_binding(const binding *bound) {
    posted_binding *posted = PyMem_New(posted_binding, 1);
    if (!posted) {
        PyErr_NoMemory();
        return false;
    }
    *posted = (posted_binding){*bound, Py_NewRef((PyObject *)bound->call.runtime)};
    Py_INCREF(bound->name);
    jsrun_status status =
        jsrun_post(bound->call.runtime->runtime, posted_job, posted_cancelled, posted);
    if (status != JSRUN_OK) {
        posted_free(posted);
        errors_raise_status(bound->call.runtime->state, status);
        return false;
    }
    return true;
}

static bool is_async(PyObject *handler) {
    PyObject *inspect = PyImport_ImportModule("inspect");
    PyObject *answer =
        inspect ? PyObject_CallMethod(inspect, "iscoroutinefunction", "O", handler) : NULL;
    Py_XDECREF(inspect);
    bool is_async = answer && PyObject_IsTrue(answer) > 0;
    Py_XDECREF(answer);
    return is_async;
}

static bool check_handler(PyObject *name, PyObject *handler) {
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "name must be a str, not '%s'", Py_TYPE(name)->tp_name);
    } else if (!PyUnicode_GET_LENGTH(name)) {
        PyErr_SetString(PyExc_ValueError, "name must not be empty");
    } else if (!PyCallable_Check(handler)) {
        PyErr_Format(PyExc_TypeError, "handler must be callable, not '%s'",
                     Py_TYPE(handler)->tp_name);
    } else if (is_async(handler)) {
        PyErr_SetString(PyExc_NotImplementedError,
                        "bind_function() does not take async handlers yet");
    }
    return !PyErr_Occurred();
}

const char handlers_bind_function_doc[] =
    "bind_function($self, /, name, handler)\n--\n\n"
    "Make a Python callable a global function of JavaScript.\n"
    "\n"
    "JavaScript calls it as globalThis[name]; the arguments are converted and passed by\n"
    "position, the result is converted back. What it raises is thrown in JavaScript as an\n"
    "Error with the exception's class as its name; if that is not caught there it is the\n"
    "__cause__ of the JavaScriptError in Python. KeyboardInterrupt and SystemExit cannot be\n"
    "caught by JavaScript: they end the evaluation and are raised by it as they are.\n"
    "\n"
    "Never waits for a debugger. Binding a name again replaces the function. Raises\n"
    "RuntimeError if the runtime is closed.";

PyObject *handlers_bind_function(PyObject *object, PyObject *const *arguments, Py_ssize_t count,
                                 PyObject *names) {
    static const char *const parameters[] = {"name", "handler"};
    PyObject *values[2] = {NULL, NULL};
    if (!arguments_parse("bind_function", parameters, 2, 2, 2, arguments, count, names, values) ||
        !check_handler(values[0], values[1])) {
        return NULL;
    }
    runtime_object *self = (runtime_object *)object;
    if (runtime_check(self) < 0 || PyList_Append(self->handlers, values[1]) < 0) return NULL;
    binding bound = {
        .call = {.runtime = self, .body = bind_body},
        .name = values[0],
        .number = (uint32_t)(PyList_GET_SIZE(self->handlers) - 1),
    };
    if (jsrun_runtime_is_waiting_for_debugger(self->runtime))
        return post_binding(&bound) ? Py_NewRef(Py_None) : NULL;
    return call_run(&bound.call);
}
