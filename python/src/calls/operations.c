#include "calls/operations.h"

#include "base/errors.h"
#include "calls/async_call.h"
#include "values/to_js.h"

/* --- starting --------------------------------------------------------------------------------- */

PyObject *operations_scope(runtime_object *runtime, jsrun_entry *entry) {
    return async_find_scope(runtime,
                            jsrun_flow(entry)); /* a reaction may run in the job of another call */
}

PyObject *operations_find_scope(runtime_object *runtime) {
    PyObject *last = async_last_scope(runtime);
    return PyObject_CallOneArg(runtime->state->current_scope, last ? last : Py_None);
}

PyObject *operations_enter_context(PyObject *scope) {
    PyObject *context = PyObject_GetAttrString(scope, "context");
    /* A copy, because the context itself may be entered already, by a handler that this one is
     * nested in. */
    PyObject *copy = context ? PyContext_Copy(context) : NULL;
    Py_XDECREF(context);
    if (copy && PyContext_Enter(copy) < 0) Py_CLEAR(copy);
    PyErr_Clear();
    return copy;
}

jsrun_value operations_start(runtime_object *runtime, jsrun_entry *entry, PyObject *handler,
                             PyObject *arguments, PyObject *scope) {
    uint32_t number = 0;
    jsrun_value promise = jsrun_promise_new(entry, &number);
    if (!promise) {
        PyErr_NoMemory();
        return NULL;
    }
    PyObject *operation = PyObject_CallFunction(runtime->state->operation, "OkOOO", runtime,
                                                (unsigned long)number, handler, arguments, scope);
    if (!operation) return NULL;
    PyObject *posted = NULL;
    if (PySet_Add(runtime->operations, operation) == 0)
        posted = PyObject_CallMethod(operation, "post", NULL);
    Py_XDECREF(posted);
    Py_DECREF(operation);
    return posted ? promise : NULL;
}

/* --- settling --------------------------------------------------------------------------------- */

/* This many are settled in one job. Then the calls that wait for the promises are told, while the
 * causes of errors are known. */
enum { BATCH = CROSSINGS };

typedef struct settlement {
    uint32_t number;
    bool failed;
    jsrun_value value;
} settlement;

static void convert(runtime_object *runtime, jsrun_entry *entry, PyObject *item,
                    settlement *settlement) {
    PyObject *outcome = PyTuple_GET_ITEM(item, 2);
    settlement->number = (uint32_t)PyLong_AsUnsignedLong(PyTuple_GET_ITEM(item, 0));
    settlement->failed = PyTuple_GET_ITEM(item, 1) == Py_True;
    PyObject *error = settlement->failed ? Py_NewRef(outcome) : NULL;
    if (!error) {
        settlement->value = to_js(runtime, entry, outcome);
        if (settlement->value) return;
        error = PyErr_GetRaisedException();
        settlement->failed = true;
    }
    settlement->value = errors_to_js(runtime, entry, error);
    if (settlement->value)
        errors_note_crossing(runtime, entry, settlement->value, error);
    else
        settlement->value = jsrun_null(entry); /* out of memory */
    Py_DECREF(error);
}

static bool post(runtime_object *runtime);

/* The first settlements that wait, at most BATCH: a new list. */
static PyObject *take_batch(runtime_object *runtime) {
    PyObject *batch = PyList_GetSlice(runtime->settlements, 0, BATCH);
    if (!batch || PyList_SetSlice(runtime->settlements, 0, BATCH, NULL) < 0) Py_CLEAR(batch);
    return batch;
}

static void settle_job(jsrun_entry *entry, void *data) {
    runtime_object *runtime = data;
    settlement settlements[BATCH];
    runtime->settling = false;
    PyObject *batch = take_batch(runtime);
    if (!batch) PyErr_WriteUnraisable((PyObject *)runtime);
    Py_ssize_t count = batch ? PyList_GET_SIZE(batch) : 0;
    for (Py_ssize_t i = 0; i < count; i++)
        convert(runtime, entry, PyList_GET_ITEM(batch, i), &settlements[i]);
    Py_XDECREF(batch);
    jsrun_entry_release_host(entry);
    for (Py_ssize_t i = 0; i < count; i++)
        jsrun_promise_settle(entry, settlements[i].number, settlements[i].failed,
                             settlements[i].value);
    jsrun_entry_acquire_host(entry);
    if (PyList_GET_SIZE(runtime->settlements) && !runtime->settling) post(runtime);
    runtime_release_later(runtime);
}

static void settle_cancelled(void *data, jsrun_status Py_UNUSED(why)) {
    runtime_release_later(data);
}

/* False: the runtime has ended, and nobody waits for them. */
static bool post(runtime_object *runtime) {
    Py_INCREF(runtime);
    runtime->settling =
        jsrun_post(runtime->runtime, settle_job, settle_cancelled, runtime) == JSRUN_OK;
    if (!runtime->settling) runtime_release_later(runtime);
    return runtime->settling;
}

const char operations_settle_doc[] = "_settle(runtime, operation, number, failed, value, /)\n--\n\n"
                                     "An async handler is done.";

PyObject *operations_settle(PyObject *Py_UNUSED(module), PyObject *const *arguments,
                            Py_ssize_t count) {
    if (count != 5) {
        PyErr_SetString(PyExc_TypeError, "_settle() takes 5 arguments");
        return NULL;
    }
    runtime_object *runtime = (runtime_object *)arguments[0];
    if (PySet_Discard(runtime->operations, arguments[1]) < 0) return NULL;
    if (!runtime->settlements || jsrun_runtime_state(runtime->runtime) != JSRUN_OK)
        return Py_NewRef(Py_None);
    PyObject *item = PyTuple_Pack(3, arguments[2], arguments[3], arguments[4]);
    int appended = item ? PyList_Append(runtime->settlements, item) : -1;
    Py_XDECREF(item);
    if (appended < 0) return NULL;
    if (!runtime->settling) post(runtime);
    return Py_NewRef(Py_None);
}

void operations_cancel(runtime_object *runtime) {
    if (!runtime->operations || !PySet_GET_SIZE(runtime->operations)) return;
    PyObject *operations = PySequence_List(runtime->operations);
    PySet_Clear(runtime->operations);
    PyObject *done =
        operations ? PyObject_CallOneArg(runtime->state->cancel_operations, operations) : NULL;
    if (!done) PyErr_WriteUnraisable((PyObject *)runtime);
    Py_XDECREF(done);
    Py_XDECREF(operations);
}
