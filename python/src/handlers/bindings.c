#include "handlers/bindings.h"

#include "base/arguments.h"
#include "base/errors.h"
#include "base/python_half.h"
#include "base/unicode.h"
#include "calls/call_run.h"
#include "values/handler_table.h"
#include "values/to_js.h"

typedef struct binding {
    js_call call;
    PyObject *name;
    PyObject *value; /* what is bound: a callable or, with is_object, a dict; NULL: `number` is */
    bool is_object;
    uint32_t number;
    bool follow;
} binding;

/* --- with the isolate ------------------------------------------------------------------------- */

static jsrun_value make_value(const binding *self, jsrun_entry *entry, jsrun_value name) {
    runtime_object *runtime = self->call.runtime;
    if (!self->value) {
        if (self->follow) jsrun_flow_follow(entry);
        return jsrun_host_function_new(entry, self->number, name);
    }
    if (self->is_object) return to_js_bound(runtime, entry, self->value);
    return handler_function(runtime, entry, self->value, name);
}

/* An earlier script may have declared the name with let, const or class, which hides the property
 * of the global object. Only a name that can be declared so is looked up: anything else would be
 * run as a script. */
static bool is_hidden(const binding *self, jsrun_entry *entry, jsrun_value name,
                      jsrun_value value) {
    if (!self->call.runtime->ran_script) return false;
    PyObject *plain = PyObject_CallMethod(self->name, "replace", "ss", "$", "_");
    bool identifier = plain && PyUnicode_IsIdentifier(plain);
    Py_XDECREF(plain);
    return identifier && !jsrun_global_shows(entry, name, value);
}

static PyObject *bind_body(js_call *call, jsrun_entry *entry) {
    const binding *self = (const binding *)call;
    jsrun_value name = string_to_js(entry, self->name);
    jsrun_value value = name ? make_value(self, entry, name) : NULL;
    if (!value) return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    PyObject *error = call->runtime->state->errors[ERROR_BINDING];
    bool defined = jsrun_object_define(entry, jsrun_global(entry), name, value);
    bool hidden = defined && is_hidden(self, entry, name, value);
    if (runtime_check(call->runtime) < 0) return NULL; /* that may be the reason */
    if (!defined) {
        PyErr_Format(error, "globalThis[%R] cannot be changed: a script has fixed its value",
                     self->name);
        return NULL;
    }
    if (hidden) {
        jsrun_object_delete(entry, jsrun_global(entry), name);
        PyErr_Format(error,
                     "%U cannot be bound: a script has declared it with let, const or class, which "
                     "hides globalThis.%U",
                     self->name, self->name);
        return NULL;
    }
    return Py_NewRef(Py_None);
}

/* --- without waiting -------------------------------------------------------------------------- */

/* A binding that has to wait for a debugger or for a script that runs is posted, so that its caller
 * does not wait. */
typedef struct posted_binding {
    binding binding;
    PyObject *runtime;
} posted_binding;

static void posted_free(posted_binding *posted) {
    Py_XDECREF(posted->binding.call.result);
    Py_XDECREF(posted->binding.call.error);
    Py_XDECREF(posted->binding.call.interrupt);
    Py_DECREF(posted->binding.name);
    Py_XDECREF(posted->binding.value);
    runtime_release_later((runtime_object *)posted->runtime);
    PyMem_Free(posted);
}

/* No caller can be told any more what it failed with, so that is reported. */
static void posted_job(jsrun_entry *entry, void *data) {
    posted_binding *posted = data;
    call_job(entry, &posted->binding.call);
    runtime_object *runtime = (runtime_object *)posted->runtime;
    if (posted->binding.call.error && !runtime->bootstrap_error &&
        jsrun_runtime_state(runtime->runtime) == JSRUN_OK) {
        PyErr_SetRaisedException(Py_NewRef(posted->binding.call.error));
        PyErr_WriteUnraisable(posted->runtime);
    }
    posted_free(posted);
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
    Py_XINCREF(bound->value);
    jsrun_status status =
        jsrun_post(bound->call.runtime->runtime, posted_job, posted_cancelled, posted);
    if (status != JSRUN_OK) {
        posted_free(posted);
        errors_raise_status(bound->call.runtime->state, status);
        return false;
    }
    return true;
}

static PyObject *bind(binding *bound) {
    bound->call.body = bind_body;
    if (jsrun_runtime_would_wait(bound->call.runtime->runtime))
        return post_binding(bound) ? Py_NewRef(Py_None) : NULL;
    return call_run(&bound->call);
}

/* --- methods ---------------------------------------------------------------------------------- */

bool bindings_check_name(PyObject *name) {
    if (!PyUnicode_Check(name))
        PyErr_Format(PyExc_TypeError, "name must be a str, not '%s'", Py_TYPE(name)->tp_name);
    else if (!PyUnicode_GET_LENGTH(name))
        PyErr_SetString(PyExc_ValueError, "name must not be empty");
    else
        return true;
    return false;
}

bool bindings_bind_op_caller(runtime_object *runtime, const char *name, uint32_t number,
                             bool follow) {
    PyObject *text = PyUnicode_FromString(name);
    if (!text) return false;
    binding bound = {
        .call = {.runtime = runtime}, .name = text, .number = number, .follow = follow};
    PyObject *result = bind(&bound);
    Py_DECREF(text);
    Py_XDECREF(result);
    return result;
}

const char bindings_bind_function_doc[] =
    "bind_function($self, /, name, handler)\n--\n\n"
    "Make a Python callable, the handler, a global function of JavaScript.\n"
    "\n"
    "JavaScript calls it as globalThis[name]. The arguments are converted and passed by\n"
    "position, and the result is converted back. An exception is thrown in JavaScript as an\n"
    "Error that has the name of the exception's class. If JavaScript does not catch it, it\n"
    "is the __cause__ of the JavaScriptError in Python. JavaScript cannot catch\n"
    "KeyboardInterrupt and SystemExit: they end the evaluation, which raises them\n"
    "unchanged.\n"
    "\n"
    "To bind a name again replaces the function. A binding never waits for a debugger, or\n"
    "for JavaScript that runs in another thread. It then takes effect before the next call,\n"
    "and sys.unraisablehook() reports what goes wrong.\n"
    "\n"
    "Raises BindingError, a RuntimeError, for a name that scripts keep from being changed,\n"
    "and RuntimeClosedError if the runtime is closed.";

PyObject *bindings_bind_function(PyObject *object, PyObject *const *arguments, Py_ssize_t count,
                                 PyObject *names) {
    static const char *const parameters[] = {"name", "handler"};
    PyObject *values[2] = {NULL, NULL};
    runtime_object *self = (runtime_object *)object;
    if (!arguments_parse("bind_function", parameters, 2, 2, 2, arguments, count, names, values) ||
        !bindings_check_name(values[0]) || !handler_check(values[1]) || runtime_check(self) < 0) {
        return NULL;
    }
    binding bound = {.call = {.runtime = self}, .name = values[0], .value = values[1]};
    return bind(&bound);
}

/* A copy, because the mapping may change before the binding is carried out. */
static PyObject *copy_mapping(PyObject *mapping) {
    PyObject *copy = NULL;
    if (PyDict_Check(mapping) || PyObject_HasAttrString(mapping, "keys")) {
        copy = PyDict_New();
        if (copy && PyDict_Update(copy, mapping) < 0) Py_CLEAR(copy);
    } else {
        PyErr_Format(PyExc_TypeError, "obj must be a mapping, not '%s'", Py_TYPE(mapping)->tp_name);
    }
    return copy;
}

const char bindings_bind_object_doc[] =
    "bind_object($self, /, name, obj)\n--\n\n"
    "Make a mapping a global object of JavaScript.\n"
    "\n"
    "Each key becomes a property of globalThis[name]. Callables among the values, at any\n"
    "depth, become functions as by bind_function(); everything else is converted. The\n"
    "object is a copy: it does not show later changes of the mapping. Any string can be a\n"
    "key.\n"
    "\n"
    "Raises TypeError for a value that JavaScript has no counterpart of, and otherwise what\n"
    "bind_function() raises.";

PyObject *bindings_bind_object(PyObject *object, PyObject *const *arguments, Py_ssize_t count,
                               PyObject *names) {
    static const char *const parameters[] = {"name", "obj"};
    PyObject *values[2] = {NULL, NULL};
    runtime_object *self = (runtime_object *)object;
    if (!arguments_parse("bind_object", parameters, 2, 2, 2, arguments, count, names, values) ||
        !bindings_check_name(values[0]) || runtime_check(self) < 0) {
        return NULL;
    }
    PyObject *copy = copy_mapping(values[1]);
    if (!copy) return NULL;
    binding bound = {
        .call = {.runtime = self}, .name = values[0], .value = copy, .is_object = true};
    PyObject *result = bind(&bound);
    Py_DECREF(copy);
    return result;
}

const char bindings_bind_doc[] =
    "bind($self, /, name_or_handler=None, *, name=None)\n--\n\n"
    "bind_function() as a decorator.\n"
    "\n"
    "@runtime.bind binds a function by its own name, @runtime.bind(\"name\") and\n"
    "@runtime.bind(name=\"name\") by another. The function itself is not changed.";

PyObject *bindings_bind(PyObject *self, PyObject *args, PyObject *kwargs) {
    return python_half_call("jsrun._bindings", "bind", self, args, kwargs);
}
