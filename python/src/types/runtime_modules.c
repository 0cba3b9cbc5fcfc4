#include "types/runtime_modules.h"

#include "base/arguments.h"
#include "base/errors.h"
#include "base/timeouts.h"
#include "base/unicode.h"
#include "calls/async_call.h"
#include "calls/call_run.h"
#include "values/from_js.h"
#include "values/function_value.h"

#include "jsrun/modules.h"

/* --- the namespace ---------------------------------------------------------------------------- */

typedef struct exports {
    runtime_object *runtime;
    jsrun_entry *entry;
    jsrun_exports exports;
    size_t bytes; /* that are left for the values */
    PyObject *values;
    PyObject *unconverted; /* dict: name → exception */
} exports;

static PyObject *convert_export(exports *self, jsrun_value value) {
    if (jsrun_is_function(value))
        return function_new(self->runtime, self->entry, value, self->exports.namespace_object);
    return from_js_within(self->runtime, self->entry, value, &self->bytes);
}

/* An export that Python has no counterpart of does not make the others unavailable. */
static bool keep_reason(exports *self, PyObject *name) {
    PyObject *const *errors = self->runtime->state->errors;
    if (!PyErr_ExceptionMatches(errors[ERROR_CONVERSION]) &&
        !PyErr_ExceptionMatches(errors[ERROR_CONVERSION_LIMIT]))
        return false;
    PyObject *reason = PyErr_GetRaisedException();
    int set = PyDict_SetItem(self->unconverted, name, reason);
    Py_DECREF(reason);
    return set == 0;
}

static bool read_export(exports *self, uint32_t index) {
    jsrun_value name_value, value;
    jsrun_status status =
        jsrun_module_export(self->entry, &self->exports, index, &name_value, &value);
    if (status != JSRUN_OK) {
        errors_raise(self->runtime, self->entry, status);
        return false;
    }
    PyObject *name = string_from_js(self->entry, name_value);
    PyObject *converted = name ? convert_export(self, value) : NULL;
    bool read = converted ? PyDict_SetItem(self->values, name, converted) == 0
                          : name && keep_reason(self, name);
    Py_XDECREF(name);
    Py_XDECREF(converted);
    return read;
}

static PyObject *namespace_from_js(runtime_object *runtime, jsrun_entry *entry,
                                   jsrun_value number) {
    exports self = {.runtime = runtime, .entry = entry, .bytes = runtime->limits.bytes};
    PyObject *result = NULL;
    jsrun_status status = jsrun_module_exports(entry, number, &self.exports);
    if (status != JSRUN_OK) {
        errors_raise(runtime, entry, status);
        return NULL;
    }
    self.values = PyDict_New();
    self.unconverted = PyDict_New();
    bool read = self.values && self.unconverted;
    for (uint32_t i = 0; read && i < self.exports.count; i++) {
        jsrun_scope scope;
        jsrun_scope_open(entry, &scope);
        read = read_export(&self, i);
        jsrun_scope_close(&scope);
    }
    if (read) {
        result = PyObject_CallFunctionObjArgs(runtime->state->module_namespace, self.values,
                                              self.unconverted, NULL);
    }
    Py_XDECREF(self.values);
    Py_XDECREF(self.unconverted);
    return result;
}

/* --- evaluating ------------------------------------------------------------------------------- */

typedef struct module_evaluation {
    js_call call;
    PyObject *specifier; /* str */
} module_evaluation;

static PyObject *import_body(js_call *call, jsrun_entry *entry) {
    const module_evaluation *self = (const module_evaluation *)call;
    jsrun_value specifier = string_to_js(entry, self->specifier);
    if (!specifier) return NULL;
    jsrun_value promise;
    jsrun_status status = jsrun_import(entry, specifier, &promise);
    if (status != JSRUN_OK) {
        errors_raise(call->runtime, entry, status);
        return NULL;
    }
    return call_settle(call->runtime, entry, promise);
}

static js_call new_call(runtime_object *runtime, stats_kind kind) {
    return (js_call){
        .runtime = runtime, .body = import_body, .convert = namespace_from_js, .kind = kind};
}

static bool check_specifier(PyObject *specifier) {
    if (PyUnicode_Check(specifier)) return true;
    PyErr_Format(PyExc_TypeError, "specifier must be a str, not '%s'", Py_TYPE(specifier)->tp_name);
    return false;
}

const char modules_evaluate_doc[] =
    "eval_module($self, /, specifier, *, timeout=None)\n--\n\n"
    "Import a module, and what it imports, and return its exports.\n"
    "\n"
    "The specifier is the name of a static module, or one that the module resolver and\n"
    "loader know. A runtime evaluates a module once. The result is a dict of the exports,\n"
    "converted to Python, with functions as JsFunction. An export that Python has no\n"
    "counterpart of raises ConversionError when it is looked up. The call waits for\n"
    "top-level await as eval() waits for a Promise. An async module loader works as long as\n"
    "no asyncio loop runs in this thread. timeout is as for eval().\n"
    "\n"
    "Raises ModuleError, a RuntimeError and a JavaScriptError, for a module that is not\n"
    "found, cannot be loaded or is not valid, with what the loader raised as its __cause__;\n"
    "JavaScriptError for what a module throws; and otherwise what eval() raises.";

PyObject *modules_evaluate(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                           PyObject *names) {
    static const char *const parameters[] = {"specifier", "timeout"};
    PyObject *values[2] = {NULL, NULL};
    module_evaluation evaluation = {.call =
                                        new_call((runtime_object *)self, STATS_EVAL_MODULE_SYNC)};
    if (!arguments_parse("eval_module", parameters, 2, 1, 1, arguments, count, names, values) ||
        !check_specifier(values[0]) ||
        !timeouts_read((runtime_object *)self, values[1], &evaluation.call.timeout)) {
        return NULL;
    }
    evaluation.specifier = values[0];
    return call_run(&evaluation.call);
}

static PyObject *import_async_body(js_call *call, jsrun_entry *entry) {
    jsrun_flow_follow(entry); /* so that a loader's awaitable finds its loop */
    return import_body(call, entry);
}

static void clear_evaluation(js_call *call) { Py_XDECREF(((module_evaluation *)call)->specifier); }

const char modules_evaluate_async_doc[] =
    "eval_module_async($self, /, specifier, *, timeout=None)\n--\n\n"
    "Import a module without blocking the asyncio loop. The result has to be awaited.\n"
    "\n"
    "As eval_module(). An awaitable that an async module loader returns is awaited as a\n"
    "task of the loop, and modules that import one another are loaded at the same time.\n"
    "timeout and cancellation are as for eval_async(); a load that is under way goes on.";

PyObject *modules_evaluate_async(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                                 PyObject *names) {
    static const char *const parameters[] = {"specifier", "timeout"};
    PyObject *values[2] = {NULL, NULL};
    runtime_object *runtime = (runtime_object *)self;
    if (!arguments_parse("eval_module_async", parameters, 2, 1, 1, arguments, count, names,
                         values) ||
        !check_specifier(values[0])) {
        return NULL;
    }
    if (!async_is_possible(runtime->state))
        return async_later(runtime->state, self, "eval_module_async", arguments, count, names);
    module_evaluation *evaluation = PyMem_Calloc(1, sizeof *evaluation);
    if (!evaluation) return PyErr_NoMemory();
    evaluation->call = new_call(runtime, STATS_EVAL_MODULE_ASYNC);
    evaluation->call.body = import_async_body;
    evaluation->specifier = Py_NewRef(values[0]);
    return async_start(&evaluation->call, clear_evaluation, values[1]);
}

/* --- what there is to import ------------------------------------------------------------------ */

/* Tells runtime->modules. Never needs the isolate. */
static PyObject *tell(PyObject *object, const char *method, PyObject *first, PyObject *second) {
    runtime_object *self = (runtime_object *)object;
    if (runtime_check(self) < 0) return NULL;
    PyObject *name = PyUnicode_FromString(method);
    PyObject *result =
        name ? PyObject_CallMethodObjArgs(self->modules, name, first, second, NULL) : NULL;
    Py_XDECREF(name);
    return result;
}

const char modules_add_static_doc[] =
    "add_static_module($self, /, name, source)\n--\n\n"
    "Make a module known by its source.\n"
    "\n"
    "It is imported as name, as static:name or by its URL, jsrun://static/name. Static\n"
    "modules come before those that the module loader knows. To add one again replaces the\n"
    "source for later imports; a module that is loaded already stays as it is. Never waits\n"
    "for JavaScript.";

PyObject *modules_add_static(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                             PyObject *names) {
    static const char *const parameters[] = {"name", "source"};
    PyObject *values[2] = {NULL, NULL};
    if (!arguments_parse("add_static_module", parameters, 2, 2, 2, arguments, count, names,
                         values)) {
        return NULL;
    }
    return tell(self, "add", values[0], values[1]);
}

const char modules_set_resolver_doc[] =
    "set_module_resolver($self, /, resolver)\n--\n\n"
    "Set the function that says which module an import means.\n"
    "\n"
    "It is called with the specifier and with the URL of the module, or the name of the\n"
    "script, that imports (\"\" for eval_module() and for a script without a name). It\n"
    "returns the module's URL, or None or \"\" for the default resolution. None as resolver\n"
    "removes it. Never waits for JavaScript.";

PyObject *modules_set_resolver(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                               PyObject *names) {
    static const char *const parameters[] = {"resolver"};
    PyObject *value = NULL;
    if (!arguments_parse("set_module_resolver", parameters, 1, 1, 1, arguments, count, names,
                         &value)) {
        return NULL;
    }
    return tell(self, "set_resolver", value, NULL);
}

const char modules_set_loader_doc[] =
    "set_module_loader($self, /, loader)\n--\n\n"
    "Set the function that gets the source of modules.\n"
    "\n"
    "It is called with the URL that a specifier was resolved to, and returns the source, a\n"
    "str, or an awaitable of it. A jsrun.loaders.FileLoader, or any callable with a method\n"
    "resolve(specifier, referrer), resolves as well. None removes the loader. Never waits\n"
    "for JavaScript.";

PyObject *modules_set_loader(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                             PyObject *names) {
    static const char *const parameters[] = {"loader"};
    PyObject *value = NULL;
    if (!arguments_parse("set_module_loader", parameters, 1, 1, 1, arguments, count, names,
                         &value)) {
        return NULL;
    }
    return tell(self, "set_loader", value, NULL);
}
