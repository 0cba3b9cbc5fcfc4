#include "base/errors.h"

#include "base/timeouts.h"
#include "base/thrown.h"
#include "base/unicode.h"

#include "jsrun/session.h"

/* --- the library's ---------------------------------------------------------------------------- */

void errors_raise_status(module_state *state, jsrun_status status) {
    switch (status) {
    case JSRUN_CLOSED:
        PyErr_SetString(state->errors[ERROR_RUNTIME_CLOSED], "runtime is closed");
        break;
    case JSRUN_TERMINATED:
        PyErr_SetString(state->runtime_terminated, "terminated by host request");
        break;
    case JSRUN_HEAP_LIMIT:
        PyErr_SetString(state->runtime_terminated,
                        "Heap limit exceeded: the runtime was closed. A larger "
                        "RuntimeConfig(max_heap_size=...) would leave it more memory");
        break;
    case JSRUN_STUCK:
        PyErr_SetString(state->errors[ERROR_PENDING_PROMISE],
                        "Evaluation failed: the Promise is still pending, and nothing that could "
                        "settle it is left to run. If it waits for this thread's asyncio loop, use "
                        "eval_async(): the loop cannot run while a synchronous call waits");
        break;
    case JSRUN_FORKED:
        PyErr_SetString(
            state->errors[ERROR_FORKED],
            "V8 does not survive fork(), and this process was forked after V8 had started: "
            "create the runtime in a child process that was started fresh, with "
            "multiprocessing's \"spawn\" or \"forkserver\" method or with subprocess");
        break;
    case JSRUN_NO_ADDRESSES:
        PyErr_SetString(
            PyExc_MemoryError,
            "V8 cannot reserve the addresses that it needs for a runtime: the limit on the "
            "address space of this process (ulimit -v, resource.RLIMIT_AS) is too low. See "
            "docs/limits.md for how much it takes");
        break;
    case JSRUN_NO_MEMORY:
        PyErr_NoMemory();
        break;
    default:
        PyErr_SetString(state->errors[ERROR_EXECUTION_STOPPED], jsrun_status_text(status));
        break;
    }
}

/* --- JavaScript's ----------------------------------------------------------------------------- */

/* NULL becomes None. */
static PyObject *text_from_js(jsrun_entry *entry, jsrun_value text) {
    return text ? string_from_js(entry, text) : Py_NewRef(Py_None);
}

/* 0, for unknown, becomes None. */
static PyObject *position(int number) {
    return number ? PyLong_FromLong(number) : Py_NewRef(Py_None);
}

static PyObject *frame_from_js(module_state *state, jsrun_entry *entry, const jsrun_frame *frame) {
    PyObject *function = text_from_js(entry, frame->function_name);
    PyObject *file =
        frame->file_name ? string_from_js(entry, frame->file_name) : PyUnicode_FromString("<eval>");
    PyObject *result = NULL;
    if (function && file) {
        result =
            PyObject_CallFunction(state->javascript_frame, "OONN", function, file,
                                  position(frame->line_number), position(frame->column_number));
    }
    Py_XDECREF(function);
    Py_XDECREF(file);
    return result;
}

static PyObject *frames_from_js(module_state *state, jsrun_entry *entry,
                                const jsrun_exception *exception) {
    const jsrun_frame *frames = exception->frames;
    size_t count = exception->frame_count;
    if (!count && exception->location.line_number) {
        /* A SyntaxError, or something that is not an Error. */
        frames = &exception->location;
        count = 1;
    }
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list && i < count; i++) {
        PyObject *frame = frame_from_js(state, entry, &frames[i]);
        if (frame)
            PyList_SET_ITEM(list, (Py_ssize_t)i, frame);
        else
            Py_CLEAR(list);
    }
    return list;
}

/* (frame, text of the line, column after the last one) or None. */
static PyObject *place_from_js(module_state *state, jsrun_entry *entry,
                               const jsrun_exception *exception) {
    if (!exception->location.line_number) return Py_NewRef(Py_None);
    PyObject *frame = frame_from_js(state, entry, &exception->location);
    PyObject *line = frame ? text_from_js(entry, exception->source_line) : NULL;
    PyObject *place =
        line ? Py_BuildValue("(OOi)", frame, line, exception->end_column_number) : NULL;
    Py_XDECREF(frame);
    Py_XDECREF(line);
    return place;
}

static PyObject *new_javascript_error(runtime_object *runtime, jsrun_entry *entry,
                                      const jsrun_exception *exception) {
    module_state *state = runtime->state;
    PyObject *name = text_from_js(entry, exception->name);
    PyObject *message = name ? text_from_js(entry, exception->message) : NULL;
    PyObject *stack = message ? text_from_js(entry, exception->stack) : NULL;
    PyObject *frames = stack ? frames_from_js(state, entry, exception) : NULL;
    PyObject *error = NULL;
    if (frames) {
        PyObject *class =
            exception->is_module_failure ? state->module_error : state->javascript_error;
        PyObject *place = place_from_js(state, entry, exception);
        PyObject *chain = place ? text_from_js(entry, exception->import_chain) : NULL;
        if (chain) {
            error = PyObject_CallMethod(class, "_from_v8", "OOOOOO", name, message, stack, frames,
                                        place, chain);
            Py_DECREF(chain);
        }
        Py_XDECREF(place);
    }
    Py_XDECREF(name);
    Py_XDECREF(message);
    Py_XDECREF(stack);
    Py_XDECREF(frames);
    return error;
}

PyObject *errors_from_js(runtime_object *runtime, jsrun_entry *entry,
                         const jsrun_exception *exception) {
    PyObject *error = new_javascript_error(runtime, entry, exception);
    if (error && thrown_add_details(runtime, entry, error, exception) < 0) Py_CLEAR(error);
    return error;
}

/* The Python exception that JavaScript saw as `value`: a new reference, or NULL. */
static PyObject *find_crossing(runtime_object *runtime, jsrun_entry *entry, jsrun_value value) {
    for (size_t i = 0; i < CROSSINGS && i < runtime->crossing_count; i++) {
        jsrun_value error = jsrun_handle_get(entry, runtime->crossings[i].error);
        if (error && jsrun_same(error, value)) return Py_NewRef(runtime->crossings[i].exception);
    }
    return NULL;
}

/* The program's own exception that this one comes from: a new reference, or NULL. */
static PyObject *find_cause(runtime_object *runtime, jsrun_entry *entry,
                            const jsrun_exception *exception) {
    if (!runtime->crossing_count) return NULL;
    jsrun_value origin = exception->origin ? exception->origin : exception->value;
    PyObject *cause = find_crossing(runtime, entry, origin);
    if (cause && PyObject_TypeCheck(cause, (PyTypeObject *)runtime->state->module_error)) {
        /* A ModuleError says what the new one says, except for its own cause. */
        PyObject *own = PyException_GetCause(cause);
        Py_SETREF(cause, own);
    }
    return cause;
}

void errors_raise_javascript(runtime_object *runtime, jsrun_entry *entry,
                             const jsrun_exception *exception) {
    PyObject *cause = find_cause(runtime, entry, exception);
    PyObject *error = errors_from_js(runtime, entry, exception);
    if (!error) {
        Py_XDECREF(cause);
        return;
    }
    if (cause) PyException_SetCause(error, cause); /* steals the cause */
    PyErr_SetRaisedException(error);
}

/* --- Python's --------------------------------------------------------------------------------- */

/* A JavaScriptError goes back under the name that it came with, any other exception under the name
 * of its class. */
static PyObject *error_name(runtime_object *runtime, PyObject *exception) {
    if (PyObject_TypeCheck(exception, (PyTypeObject *)runtime->state->javascript_error)) {
        PyObject *name = PyObject_GetAttrString(exception, "name");
        if (name && PyUnicode_Check(name)) return name;
        Py_XDECREF(name);
        PyErr_Clear();
        return PyUnicode_FromString("Error");
    }
    /* A script knows the names of Python's classes and of its own, but not those of this
     * package. */
    for (size_t i = 0; i < ERROR_COUNT; i++) {
        if ((PyObject *)Py_TYPE(exception) != runtime->state->errors[i]) continue;
        return PyUnicode_FromString(i == ERROR_CONVERSION         ? "TypeError"
                                    : i == ERROR_CONVERSION_RANGE ? "RangeError"
                                                                  : "RuntimeError");
    }
    return PyObject_GetAttrString((PyObject *)Py_TYPE(exception), "__name__");
}

static PyObject *error_message(runtime_object *runtime, PyObject *exception) {
    if (PyObject_TypeCheck(exception, (PyTypeObject *)runtime->state->javascript_error)) {
        PyObject *message = PyObject_GetAttrString(exception, "message");
        if (message && PyUnicode_Check(message)) return message;
        Py_XDECREF(message);
        PyErr_Clear();
    }
    return PyObject_Str(exception);
}

/* Steals the reference. `instead` stands for a text that cannot be made, because making it
 * raises. */
static jsrun_value told(jsrun_entry *entry, PyObject *text, const char *instead) {
    jsrun_value value = text ? string_to_js(entry, text) : NULL;
    Py_XDECREF(text);
    if (value) return value;
    PyErr_Clear();
    return jsrun_string_text(entry, instead);
}

/* Whoever debugs wants to know where in Python it was raised. Scripts that run without a debugger
 * are told nothing about the program. */
static void show_traceback(jsrun_entry *entry, jsrun_value error, PyObject *exception) {
    const jsrun_exception *described;
    if (jsrun_error_describe(entry, error, &described) != JSRUN_EXCEPTION) return;
    PyObject *stack = described->stack ? string_from_js(entry, described->stack) : NULL;
    PyObject *module = stack ? PyImport_ImportModule("jsrun._errors") : NULL;
    PyObject *longer =
        module ? PyObject_CallMethod(module, "stack_with_python", "OO", stack, exception) : NULL;
    jsrun_value text = longer ? string_to_js(entry, longer) : NULL;
    if (text) jsrun_error_set_stack(entry, error, text);
    Py_XDECREF(stack);
    Py_XDECREF(module);
    Py_XDECREF(longer);
    PyErr_Clear();
}

/* What the program has put on a JavaScriptError of its own. What JavaScript has no counterpart of
 * is left out. */
static void set_properties(runtime_object *runtime, jsrun_entry *entry, jsrun_value error,
                           PyObject *exception) {
    if (!PyObject_TypeCheck(exception, (PyTypeObject *)runtime->state->javascript_error)) return;
    PyObject *properties = PyObject_GetAttrString(exception, "properties");
    PyObject *name, *value;
    Py_ssize_t at = 0;
    while (properties && PyDict_Check(properties) && PyDict_Next(properties, &at, &name, &value)) {
        jsrun_value key = PyUnicode_Check(name) ? string_to_js(entry, name) : NULL;
        jsrun_value converted = key ? runtime->state->value_to_js(runtime, entry, value) : NULL;
        if (converted) jsrun_object_define(entry, error, key, converted);
        PyErr_Clear();
    }
    Py_XDECREF(properties);
    PyErr_Clear();
}

jsrun_value errors_to_js(runtime_object *runtime, jsrun_entry *entry, PyObject *exception) {
    jsrun_value thrown = thrown_get(runtime, entry, exception);
    if (thrown) return thrown;
    jsrun_value name = told(entry, error_name(runtime, exception), "Error");
    jsrun_value message =
        told(entry, error_message(runtime, exception), "(the exception has no readable message)");
    jsrun_value error = jsrun_error(entry, name, message);
    if (error) set_properties(runtime, entry, error, exception);
    if (error && jsrun_runtime_is_debugged(runtime->runtime))
        show_traceback(entry, error, exception);
    return error;
}

void errors_note_crossing(runtime_object *runtime, jsrun_entry *entry, jsrun_value error,
                          PyObject *exception) {
    if (!jsrun_is_object(error)) return; /* another one may be equal to it */
    jsrun_handle handle = jsrun_handle_new(entry, error);
    if (!handle.generation) return; /* out of memory: the exception arrives without its cause */
    crossing *slot = &runtime->crossings[runtime->crossing_count % CROSSINGS];
    crossing old = *slot;
    *slot = (crossing){handle, Py_NewRef(exception)};
    if (runtime->crossing_count++ >= CROSSINGS) {
        jsrun_handle_drop(runtime->runtime, old.error);
        Py_DECREF(old.exception);
    }
}

void errors_forget_crossings(runtime_object *runtime) {
    size_t count = runtime->crossing_count < CROSSINGS ? runtime->crossing_count : CROSSINGS;
    crossing old[CROSSINGS];
    for (size_t i = 0; i < count; i++) old[i] = runtime->crossings[i];
    runtime->crossing_count = 0;
    for (size_t i = 0; i < count; i++) {
        jsrun_handle_drop(runtime->runtime, old[i].error);
        Py_DECREF(old[i].exception);
    }
}

void errors_raise(runtime_object *runtime, jsrun_entry *entry, jsrun_status status) {
    if (status == JSRUN_EXCEPTION)
        errors_raise_javascript(runtime, entry, jsrun_entry_exception(entry));
    else if (status == JSRUN_INTERRUPTED)
        PyErr_SetNone(runtime->state->interrupted);
    else if (status == JSRUN_TIMED_OUT)
        timeouts_raise(runtime->state, jsrun_entry_timeout(entry), TIMEOUT_RUNNING);
    else
        errors_raise_status(runtime->state, status);
}
