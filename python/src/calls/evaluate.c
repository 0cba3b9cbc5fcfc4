#include "calls/evaluate.h"

#include "base/arguments.h"
#include "base/errors.h"
#include "base/handle.h"
#include "base/timeouts.h"
#include "base/unicode.h"
#include "calls/async_call.h"
#include "calls/call_run.h"

#include "jsrun/execute.h"

typedef struct evaluation {
    js_call call;
    PyObject *code;     /* str */
    PyObject *filename; /* str or NULL */
} evaluation;

/* A longer text is not kept alive. */
enum { SHORT_CODE = 1000 };

static void remember_code(runtime_object *runtime, PyObject *code) {
    if (handle_is_set(runtime->last_source))
        jsrun_handle_drop(runtime->runtime, runtime->last_source);
    runtime->last_source = (jsrun_handle){0, 0};
    bool keep = PyUnicode_CheckExact(code) && PyUnicode_GET_LENGTH(code) <= SHORT_CODE;
    Py_XSETREF(runtime->last_code, keep ? Py_NewRef(code) : NULL);
}

/* The same object that comes again and again, such as a literal, becomes one string, whose hash V8
 * then knows. */
static jsrun_value source_of(runtime_object *runtime, jsrun_entry *entry, PyObject *code) {
    bool again = runtime->last_code == code;
    if (again && handle_is_set(runtime->last_source))
        return jsrun_handle_get(entry, runtime->last_source);
    jsrun_value source = string_to_js(entry, code);
    if (!source) return NULL;
    if (again)
        runtime->last_source = jsrun_handle_new(entry, source);
    else
        remember_code(runtime, code);
    return source;
}

static PyObject *evaluate_body(js_call *call, jsrun_entry *entry) {
    const evaluation *self = (const evaluation *)call;
    jsrun_value source = source_of(call->runtime, entry, self->code);
    if (!source) return NULL;
    call->runtime->ran_script = true;
    jsrun_value name = NULL;
    if (self->filename && !(name = string_to_js(entry, self->filename))) return NULL;
    jsrun_value result;
    jsrun_status status = jsrun_evaluate(entry, source, name, &result);
    if (status != JSRUN_OK) {
        errors_raise(call->runtime, entry, status);
        return NULL;
    }
    return call_settle(call->runtime, entry, result);
}

static bool evaluate_directly(js_call *call, jsrun_entry *entry, jsrun_status *status,
                              jsrun_value *value) {
    const evaluation *self = (const evaluation *)call;
    jsrun_value source = text_to_js(entry, self->code);
    jsrun_value name = self->filename ? text_to_js(entry, self->filename) : NULL;
    if (!source || (self->filename && !name)) return false;
    call->runtime->ran_script = true;
    *status = jsrun_evaluate(entry, source, name, value);
    return true;
}

const char evaluate_doc[] =
    "eval($self, /, code, *, filename=None, timeout=None)\n--\n\n"
    "Run a script and return its completion value, converted to Python.\n"
    "\n"
    "filename is the name of the script in debuggers and stack traces. If the value is a\n"
    "Promise, its result is returned: the call waits as long as something that can settle\n"
    "it is under way, such as a timer. Ctrl-C ends the wait.\n"
    "\n"
    "timeout limits how long the call may take, in seconds or as a timedelta. None means\n"
    "the timeout of the RuntimeConfig. Handlers, the wait for the runtime and the wait for\n"
    "a Promise count; pauses in a debugger do not.\n"
    "\n"
    "Raises JavaScriptError for what the script throws, RuntimeError if the runtime is\n"
    "closed, if the Promise stays pending or if the result exceeds the limits of the\n"
    "RuntimeConfig, RuntimeTimeout after the timeout, RuntimeTerminated after terminate(),\n"
    "and TypeError for a result that Python has no counterpart of.";

/* Checks the code and the filename. A filename of None becomes NULL. */
static bool check_texts(PyObject **values) {
    if (!PyUnicode_Check(values[0])) {
        PyErr_Format(PyExc_TypeError, "code must be a str, not '%s'", Py_TYPE(values[0])->tp_name);
        return false;
    }
    if (values[1] == Py_None) values[1] = NULL;
    if (values[1] && !PyUnicode_Check(values[1])) {
        PyErr_Format(PyExc_TypeError, "filename must be a str or None, not '%s'",
                     Py_TYPE(values[1])->tp_name);
        return false;
    }
    return true;
}

PyObject *evaluate_method(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                          PyObject *names) {
    static const char *const parameters[] = {"code", "filename", "timeout"};
    PyObject *values[3] = {NULL, NULL, NULL};
    double timeout;
    if (!arguments_parse("eval", parameters, 3, 1, 1, arguments, count, names, values)) return NULL;
    if (!check_texts(values)) return NULL;
    if (!timeouts_read((runtime_object *)self, values[2], &timeout)) return NULL;
    evaluation evaluation = {
        .call = {.runtime = (runtime_object *)self,
                 .body = evaluate_body,
                 .kind = STATS_EVAL_SYNC,
                 .timeout = timeout},
        .code = values[0],
        .filename = values[1],
    };
    return call_run(&evaluation.call);
}

/* --- for asyncio ------------------------------------------------------------------------------ */

const char evaluate_async_doc[] =
    "eval_async($self, /, code, *, filename=None, timeout=None)\n--\n\n"
    "Run a script without blocking the asyncio loop. The result has to be awaited.\n"
    "\n"
    "As eval(), but the awaitable waits until a Promise is settled. Any number of\n"
    "evaluations may be under way in one runtime; they start in the order of the calls. To\n"
    "cancel one abandons it, and stops its script if that runs. timeout, in seconds or as a\n"
    "timedelta, limits the time until the result is there, without pauses in a debugger.\n"
    "After it RuntimeTimeout is raised, which is a RuntimeError and a TimeoutError.\n"
    "\n"
    "Async handlers run as tasks of the loop, with the context variables of the caller.\n"
    "Raises what eval() raises.";

static void clear_evaluation(js_call *call) {
    evaluation *self = (evaluation *)call;
    Py_XDECREF(self->code);
    Py_XDECREF(self->filename);
}

PyObject *evaluate_async_method(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                                PyObject *names) {
    static const char *const parameters[] = {"code", "filename", "timeout"};
    PyObject *values[3] = {NULL, NULL, NULL};
    runtime_object *runtime = (runtime_object *)self;
    if (!arguments_parse("eval_async", parameters, 3, 1, 1, arguments, count, names, values) ||
        !check_texts(values)) {
        return NULL;
    }
    if (!async_is_possible(runtime->state))
        return async_later(runtime->state, self, "eval_async", arguments, count, names);
    evaluation *evaluation = PyMem_Calloc(1, sizeof *evaluation);
    if (!evaluation) return PyErr_NoMemory();
    evaluation->call =
        (js_call){.runtime = runtime, .body = evaluate_body, .kind = STATS_EVAL_ASYNC};
    if (text_is_direct(values[0]) && (!values[1] || text_is_direct(values[1])))
        evaluation->call.direct = evaluate_directly;
    evaluation->code = Py_NewRef(values[0]);
    evaluation->filename = Py_XNewRef(values[1]);
    return async_start(&evaluation->call, clear_evaluation, values[2]);
}

/* --- the bootstrap ---------------------------------------------------------------------------- */

static const char bootstrap_name[] = "bootstrap.js";

static PyObject *bootstrap_body(js_call *call, jsrun_entry *entry) {
    const evaluation *self = (const evaluation *)call;
    jsrun_value source = string_to_js(entry, self->code);
    if (!source) return NULL;
    call->runtime->ran_script = true;
    jsrun_value result;
    bool pending;
    jsrun_value name = self->filename ? string_to_js(entry, self->filename)
                                      : jsrun_string_text(entry, bootstrap_name);
    if (!name) return NULL;
    jsrun_status status = jsrun_evaluate(entry, source, name, &result);
    /* Its value is dropped, but a Promise that is rejected is a failure. */
    if (status == JSRUN_OK) status = jsrun_settle(entry, result, &pending, &result);
    if (status != JSRUN_OK) {
        errors_raise(call->runtime, entry, status);
        return NULL;
    }
    return Py_NewRef(Py_None);
}

int evaluate_bootstrap(runtime_object *runtime, PyObject *code) {
    return evaluate_script(runtime, code, NULL);
}

int evaluate_script(runtime_object *runtime, PyObject *code, PyObject *name) {
    evaluation bootstrap = {
        .call = {.runtime = runtime, .body = bootstrap_body, .timeout = runtime->timeout},
        .code = code,
        .filename = name,
    };
    PyObject *result = call_run(&bootstrap.call);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

static void posted_free(evaluation *bootstrap) {
    Py_XDECREF(bootstrap->call.result);
    Py_XDECREF(bootstrap->call.error);
    Py_XDECREF(bootstrap->call.interrupt);
    Py_DECREF(bootstrap->code);
    runtime_release_later(bootstrap->call.runtime);
    PyMem_Free(bootstrap);
}

static void posted_job(jsrun_entry *entry, void *data) {
    evaluation *bootstrap = data;
    double timeout = bootstrap->call.timeout;
    if (timeout > 0) jsrun_entry_set_deadline(entry, timeout);
    call_job(entry, &bootstrap->call);
    runtime_object *runtime = bootstrap->call.runtime;
    runtime->bootstrap_error = Py_XNewRef(bootstrap->call.error);
    posted_free(bootstrap);
}

static void posted_cancelled(void *data, jsrun_status Py_UNUSED(why)) { posted_free(data); }

int evaluate_bootstrap_later(runtime_object *runtime, PyObject *code) {
    evaluation *bootstrap = PyMem_New(evaluation, 1);
    if (!bootstrap) {
        PyErr_NoMemory();
        return -1;
    }
    Py_INCREF(runtime);
    *bootstrap = (evaluation){
        .call = {.runtime = runtime, .body = bootstrap_body, .timeout = runtime->timeout},
        .code = Py_NewRef(code),
    };
    jsrun_status status = jsrun_post(runtime->runtime, posted_job, posted_cancelled, bootstrap);
    if (status == JSRUN_OK) return 0;
    posted_free(bootstrap);
    errors_raise_status(runtime->state, status);
    return -1;
}
