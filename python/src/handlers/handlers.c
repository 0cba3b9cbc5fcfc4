#include "handlers/handlers.h"

#include "base/errors.h"
#include "base/greenlets.h"
#include "base/function_numbers.h"
#include "base/unicode.h"
#include "calls/async_call.h"
#include "calls/call.h"
#include "calls/operations.h"
#include "handlers/ops.h"
#include "handlers/stream_sources.h"
#include "values/breaks.h"
#include "values/from_js.h"
#include "values/handler_table.h"
#include "values/to_js.h"

#include "jsrun/promise.h"

#include <math.h>

/* A prepared_call has room for this many arguments. Every runtime keeps one to use again. */
enum { SHORT = 8 };

/* A call under way: made by prepare, carried out by perform, ended by finish. */
struct prepared_call {
    PyObject *handler;
    PyObject *scope; /* of the async call that this is part of, or NULL */
    bool is_async;
    PyObject *result;
    PyObject *error;
    size_t count;
    /* One more than there are arguments, in front: PY_VECTORCALL_ARGUMENTS_OFFSET. */
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
    prepared->handler = prepared->result = prepared->error = prepared->scope = NULL;
    prepared->is_async = false;
    prepared->count = 0;
    return prepared;
}

static void prepared_free(runtime_object *runtime, prepared_call *prepared, bool is_short) {
    for (size_t i = 0; i < prepared->count; i++) Py_DECREF(prepared->places[1 + i]);
    Py_XDECREF(prepared->handler);
    Py_XDECREF(prepared->scope);
    Py_XDECREF(prepared->result);
    Py_XDECREF(prepared->error);
    if (is_short && !runtime->spare_call)
        runtime->spare_call = prepared;
    else
        PyMem_Free(prepared);
}

/* Throws in JavaScript what the handler or a conversion raised, or stops JavaScript for it. Steals
 * the reference. */
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
    /* JavaScript may not catch KeyboardInterrupt, SystemExit and the like. */
    js_call *call = runtime->call;
    if ((PyObject *)Py_TYPE(exception) == runtime->state->interrupted) {
        Py_DECREF(exception); /* the real exception is kept already */
    } else if (call && !call->interrupt) {
        call->interrupt = exception;
    } else {
        PyErr_SetRaisedException(exception);
        PyErr_WriteUnraisable((PyObject *)runtime);
    }
    jsrun_entry_interrupt(entry);
}

static bool read_arguments(runtime_object *runtime, jsrun_entry *entry, const jsrun_call_info *info,
                           size_t first, prepared_call *prepared) {
    while (first + prepared->count < info->argument_count) {
        PyObject *argument = from_js(runtime, entry, info->arguments[first + prepared->count]);
        if (!argument) return false;
        prepared->places[1 + prepared->count++] = argument;
    }
    return true;
}

/* The handler of a call: a new reference. NULL with an exception set, or without one: nothing has
 * to be called. Sets *first to the index of the handler's first argument. */
static PyObject *find_handler(runtime_object *runtime, jsrun_entry *entry,
                              const jsrun_call_info *info, size_t *first) {
    *first = stream_sources_is_called(info->function); /* after the number of the stream */
    if (info->function == HOST_SYNC_OP || info->function == HOST_ASYNC_OP) {
        *first = 1;
        return ops_find(runtime, entry, info);
    }
    if (stream_sources_is_called(info->function))
        return stream_sources_handler(runtime, entry, info);
    if (info->function == HOST_CONSOLE && runtime->console) return Py_NewRef(runtime->console);
    if (info->function == HOST_RESOLVE && runtime->modules)
        return PyObject_GetAttrString(runtime->modules, "resolve");
    if (info->function == HOST_LOAD && runtime->modules)
        return PyObject_GetAttrString(runtime->modules, "load");
    if (runtime->handlers && info->function < (size_t)PyList_GET_SIZE(runtime->handlers))
        return Py_NewRef(PyList_GET_ITEM(runtime->handlers, info->function));
    PyErr_SetString(PyExc_RuntimeError, "the Python function behind this one is gone");
    return NULL;
}

/* Notes which asynchronous call the handler is called by, if any. */
static void note_scope(runtime_object *runtime, jsrun_entry *entry, prepared_call *prepared) {
    PyObject *kept = prepared->handler;
    prepared->is_async = handler_is_kept_async(kept);
    if (prepared->is_async) {
        prepared->handler = Py_NewRef(PyTuple_GET_ITEM(kept, 0));
        if (PyTuple_GET_SIZE(kept) > 1 && PyTuple_GET_ITEM(kept, 1) != Py_None)
            prepared->scope = Py_NewRef(PyTuple_GET_ITEM(kept, 1)); /* the stream's own scope */
        Py_DECREF(kept);
    }
    if (!prepared->scope) prepared->scope = operations_scope(runtime, entry);
}

/* A loader is also told which loop may wait for the source, and how long this thread may. */
static bool add_load_arguments(runtime_object *runtime, jsrun_entry *entry,
                               prepared_call *prepared) {
    PyObject *scope = prepared->scope;
    if (!scope && !runtime->call)
        scope = async_last_scope(runtime); /* a timer or a reaction calls */
    if (!scope) scope = Py_None;
    double left = jsrun_entry_time_left(entry);
    PyObject *seconds = PyFloat_FromDouble(isfinite(left) ? fmax(left, 0) : -1);
    if (!seconds) return false;
    Py_XSETREF(prepared->scope, scope == Py_None ? NULL : Py_NewRef(scope));
    prepared->places[1 + prepared->count++] = Py_NewRef(scope);
    prepared->places[1 + prepared->count++] = seconds;
    return true;
}

void *handlers_prepare(void *data, jsrun_entry *entry, jsrun_call_info *info) {
    runtime_object *runtime = data;
    prepared_call *prepared = prepared_new(runtime, info->argument_count);
    size_t first;
    if (!prepared)
        PyErr_NoMemory();
    else if (runtime->foreign_calls && info->function != HOST_CONSOLE)
        greenlets_raise(runtime->state);
    else if ((prepared->handler = find_handler(runtime, entry, info, &first))) {
        note_scope(runtime, entry, prepared);
        if (read_arguments(runtime, entry, info, first, prepared) &&
            (info->function != HOST_LOAD || add_load_arguments(runtime, entry, prepared))) {
            if (runtime->host_breaks && info->function != HOST_LOAD)
                info->pause =
                    breaks_details(runtime, info->function, prepared->places + 1, prepared->count);
            return prepared;
        }
    }
    if (PyErr_Occurred()) throw_exception(runtime, entry, info, PyErr_GetRaisedException());
    if (prepared) prepared_free(runtime, prepared, info->argument_count <= SHORT);
    return NULL;
}

void handlers_perform(void *data, void *prepared_data) {
    prepared_call *prepared = prepared_data;
    if (prepared->is_async) { /* the loop calls the handler */
        if (!prepared->scope) prepared->scope = operations_find_scope(data);
        if (!prepared->scope) prepared->error = PyErr_GetRaisedException();
        return;
    }
    runtime_object *runtime = data;
    bool greenlets = greenlets_are_used(runtime->state);
    if (greenlets && !greenlets_start_handler(runtime)) {
        prepared->error = PyErr_GetRaisedException();
        return;
    }
    PyObject *context = prepared->scope ? operations_enter_context(prepared->scope) : NULL;
    prepared->result = PyObject_Vectorcall(prepared->handler, prepared->places + 1,
                                           prepared->count | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    if (!prepared->result) prepared->error = PyErr_GetRaisedException();
    if (context) PyContext_Exit(context);
    Py_XDECREF(context);
    if (greenlets) greenlets_finish_handler(runtime);
}

static jsrun_value start_operation(runtime_object *runtime, jsrun_entry *entry,
                                   const prepared_call *prepared) {
    PyObject *arguments = PyTuple_New((Py_ssize_t)prepared->count);
    if (!arguments) return NULL;
    for (size_t i = 0; i < prepared->count; i++)
        PyTuple_SET_ITEM(arguments, (Py_ssize_t)i, Py_NewRef(prepared->places[1 + i]));
    jsrun_value promise =
        operations_start(runtime, entry, prepared->handler, arguments, prepared->scope);
    Py_DECREF(arguments);
    return promise;
}

/* What the loader returned: a source of any size, or an awaitable that a loop is going to wait
 * for. */
static jsrun_value source_to_js(runtime_object *runtime, jsrun_entry *entry,
                                const prepared_call *prepared) {
    if (PyUnicode_Check(prepared->result)) return string_to_js(entry, prepared->result);
    PyObject *arguments = PyTuple_Pack(2, prepared->result, prepared->places[1]);
    if (!arguments) return NULL;
    jsrun_value promise =
        operations_start(runtime, entry, runtime->state->await_source, arguments, prepared->scope);
    Py_DECREF(arguments);
    return promise;
}

void handlers_finish(void *data, jsrun_entry *entry, void *prepared_data, jsrun_call_info *info) {
    runtime_object *runtime = data;
    prepared_call *prepared = prepared_data;
    if (prepared->is_async && !prepared->error) {
        info->result = start_operation(runtime, entry, prepared);
        if (!info->result) prepared->error = PyErr_GetRaisedException();
    }
    if (prepared->result) {
        info->result = info->function == HOST_LOAD ? source_to_js(runtime, entry, prepared)
                                                   : to_js(runtime, entry, prepared->result);
        if (!info->result) prepared->error = PyErr_GetRaisedException();
    }
    if (prepared->error && info->function == HOST_CONSOLE &&
        PyObject_TypeCheck(prepared->error, (PyTypeObject *)PyExc_Exception)) {
        /* No script fails because of logging, but the error is reported. */
        PyErr_SetRaisedException(prepared->error);
        prepared->error = NULL;
        PyErr_WriteUnraisable(prepared->handler);
    }
    if (prepared->error) {
        throw_exception(runtime, entry, info, prepared->error);
        prepared->error = NULL;
    }
    prepared_free(runtime, prepared, info->argument_count <= SHORT);
}
