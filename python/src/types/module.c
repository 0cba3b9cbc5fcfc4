#include "base/module_state.h"

#include "base/dates.h"
#include "base/undefined.h"
#include "calls/async_call.h"
#include "calls/operations.h"
#include "calls/outcomes.h"
#include "handlers/stream_sources.h"
#include "values/from_js.h"
#include "values/to_js.h"
#include "types/buffer.h"
#include "types/channel.h"
#include "types/function.h"
#include "types/runtime_type.h"
#include "types/snapshot_builder.h"
#include "types/stream_type.h"

/* --- the interpreter's exit ------------------------------------------------------------------- */

PyDoc_STRVAR(close_all_doc, "_close_all($module, /)\n--\n\n"
                            "Close every runtime that is open, and refuse new ones. For atexit.");

/* No thread of the library may be left that waits for the GIL of an interpreter that is gone. */
static PyObject *close_all(PyObject *module, PyObject *Py_UNUSED(unused)) {
    module_state *state = PyModule_GetState(module);
    state->exiting = true;
    for (runtime_object *runtime = state->runtimes; runtime;) {
        if (runtime->closed_at_exit) {
            runtime = runtime->next;
            continue;
        }
        runtime->closed_at_exit = true;
        Py_INCREF(runtime);
        runtime_close(runtime);
        Py_DECREF(runtime);
        runtime = state->runtimes; /* the GIL was released, so the list may have changed */
    }
    /* The main thread ends with the process, and nothing tells the library of that. */
    PyThreadState *thread = PyEval_SaveThread();
    jsrun_thread_leave();
    PyEval_RestoreThread(thread);
    return Py_NewRef(Py_None);
}

PyDoc_STRVAR(leave_doc,
             "_leave($module, runtime, /)\n--\n\n"
             "Take away what this thread has in the runtime, before another thread closes it.");

static PyObject *leave(PyObject *module, PyObject *object) {
    module_state *state = PyModule_GetState(module);
    runtime_object *runtime = (runtime_object *)object;
    if (!PyObject_TypeCheck(object, state->runtime_type)) {
        PyErr_SetString(PyExc_TypeError, "not a Runtime");
        return NULL;
    }
    /* The runtime may be closed already. */
    if (runtime->runtime) jsrun_runtime_leave(runtime->runtime);
    Py_RETURN_NONE;
}

static int register_exit(PyObject *module) {
    PyObject *atexit = PyImport_ImportModule("atexit");
    PyObject *function = atexit ? PyObject_GetAttrString(module, "_close_all") : NULL;
    PyObject *result = function ? PyObject_CallMethod(atexit, "register", "O", function) : NULL;
    Py_XDECREF(atexit);
    Py_XDECREF(function);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

/* --- what the state keeps --------------------------------------------------------------------- */

/* A reference in the module's state. With a module: what that module calls `name`. With a name
 * alone: the name, as a str. With neither: made by this file. */
typedef struct kept_object {
    const char *module;
    const char *name;
    size_t offset;
} kept_object;

#define KEPT(member) offsetof(module_state, member)
#define KEPT_ERROR(error) (KEPT(errors) + sizeof(PyObject *) * (error))

static const kept_object kept_objects[] = {
    {"jsrun._errors", "BindingError", KEPT_ERROR(ERROR_BINDING)},
    {"jsrun._errors", "ConversionError", KEPT_ERROR(ERROR_CONVERSION)},
    {"jsrun._errors", "ConversionLimitError", KEPT_ERROR(ERROR_CONVERSION_LIMIT)},
    {"jsrun._errors", "ConversionRangeError", KEPT_ERROR(ERROR_CONVERSION_RANGE)},
    {"jsrun._errors", "EventLoopError", KEPT_ERROR(ERROR_EVENT_LOOP)},
    {"jsrun._errors", "ExecutionStopped", KEPT_ERROR(ERROR_EXECUTION_STOPPED)},
    {"jsrun._errors", "ForkedRuntimeError", KEPT_ERROR(ERROR_FORKED)},
    {"jsrun._errors", "FunctionClosedError", KEPT_ERROR(ERROR_FUNCTION_CLOSED)},
    {"jsrun._errors", "GreenletError", KEPT_ERROR(ERROR_GREENLET)},
    {"jsrun._errors", "InspectorOpenError", KEPT_ERROR(ERROR_INSPECTOR)},
    {"jsrun._errors", "PendingPromiseError", KEPT_ERROR(ERROR_PENDING_PROMISE)},
    {"jsrun._errors", "RuntimeClosedError", KEPT_ERROR(ERROR_RUNTIME_CLOSED)},
    {"jsrun._errors", "SnapshotError", KEPT_ERROR(ERROR_SNAPSHOT)},
    {"jsrun._errors", "JavaScriptError", KEPT(javascript_error)},
    {"jsrun._errors", "JavaScriptFrame", KEPT(javascript_frame)},
    {"jsrun._errors", "ModuleError", KEPT(module_error)},
    {"jsrun._errors", "RuntimeTerminated", KEPT(runtime_terminated)},
    {"jsrun._errors", "RuntimeTimeout", KEPT(runtime_timeout)},
    {"jsrun._errors", "show_uncaught", KEPT(show_uncaught)},
    {"jsrun._async", "Evaluation", KEPT(evaluation)},
    {"jsrun._async", "limit", KEPT(limit)},
    {"jsrun._async", "outcomes_of", KEPT(outcomes_of)},
    {"jsrun._async", "scope_of", KEPT(scope_of)},
    {"jsrun._async", "later", KEPT(later)},
    {"jsrun._async", "current_scope", KEPT(current_scope)},
    {"jsrun._async", "Operation", KEPT(operation)},
    {"jsrun._async", "cancel_operations", KEPT(cancel_operations)},
    {"jsrun._async", "done", KEPT(done)},
    {"jsrun._modules", "Modules", KEPT(modules)},
    {"jsrun._modules", "ModuleNamespace", KEPT(module_namespace)},
    {"jsrun._modules", "await_source", KEPT(await_source)},
    {"jsrun._requests", "answer_requests", KEPT(answer_requests)},
    {"jsrun._streams", "JsStream", KEPT(js_stream)},
    {"jsrun._streams", "PyStreamSource", KEPT(py_stream_source)},
    {"jsrun._config", "runtime_settings", KEPT(runtime_settings)},
    {"jsrun._config", "timeout_seconds", KEPT(timeout_seconds)},
    {"jsrun._config", "InspectorEndpoints", KEPT(inspector_endpoints)},
    {"jsrun._config", "inspector_settings", KEPT(inspector_settings)},
    {"asyncio.events", "_get_running_loop", KEPT(get_running_loop)},
    {"queue", "SimpleQueue", KEPT(simple_queue)},
    {"sys", "modules", KEPT(loaded_modules)},

    {NULL, "set_result", KEPT(set_result)},
    {NULL, "set_exception", KEPT(set_exception)},
    {NULL, "cancel", KEPT(cancel)},
    {NULL, "_call", KEPT(call_name)},

    {NULL, NULL, KEPT(loop_keyword)},
    {NULL, NULL, KEPT(get_current_greenlet)},
    {NULL, NULL, KEPT(interrupted)},
    {NULL, NULL, KEPT(undefined)},
    {NULL, NULL, KEPT(undefined_type)},
    {NULL, NULL, KEPT(function_type)},
    {NULL, NULL, KEPT(async_type)},
    {NULL, NULL, KEPT(outcomes_type)},
    {NULL, NULL, KEPT(channel_type)},
    {NULL, NULL, KEPT(stream_type)},
    {NULL, NULL, KEPT(buffer_type)},
    {NULL, NULL, KEPT(runtime_type)},
};

static const kept_object *const kept_end =
    kept_objects + sizeof kept_objects / sizeof *kept_objects;

static PyObject **place_of(module_state *state, const kept_object *kept) {
    return (PyObject **)((char *)state + kept->offset);
}

static PyObject *import_object(const kept_object *kept) {
    PyObject *module = PyImport_ImportModule(kept->module);
    PyObject *object = module ? PyObject_GetAttrString(module, kept->name) : NULL;
    Py_XDECREF(module);
    return object;
}

static int import_objects(module_state *state) {
    for (const kept_object *kept = kept_objects; kept < kept_end; kept++) {
        if (!kept->name) continue;
        PyObject *object =
            kept->module ? import_object(kept) : PyUnicode_InternFromString(kept->name);
        if (!object) return -1;
        *place_of(state, kept) = object;
    }
    return 0;
}

/* --- types ------------------------------------------------------------------------------------ */

/* The types of this extension, in the order in which they are made. */
static const struct {
    PyTypeObject *(*make)(PyObject *module);
    size_t offset;
    bool is_public; /* an attribute of the module */
} types[] = {
    {undefined_type_new, KEPT(undefined_type), true},
    {function_type_new, KEPT(function_type), true},
    {async_type_new, KEPT(async_type), false},
    {outcomes_type_new, KEPT(outcomes_type), true},
    {channel_type_new, KEPT(channel_type), false},
    {stream_type_new, KEPT(stream_type), false},
    {buffer_type_new, KEPT(buffer_type), true},
    {runtime_type_new, KEPT(runtime_type), true},
};

static int add_types(PyObject *module, module_state *state) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        PyTypeObject *type = types[i].make(module);
        if (!type) return -1;
        *(PyTypeObject **)((char *)state + types[i].offset) = type;
        if (types[i].is_public && PyModule_AddType(module, type) < 0) return -1;
    }
    return 0;
}

/* --- the module ------------------------------------------------------------------------------- */

static int add_object(PyObject *module, const char *name, PyObject *object) {
    Py_INCREF(object);
    int added = PyModule_AddObject(module, name, object); /* steals, unless it fails */
    if (added < 0) Py_DECREF(object);
    return added;
}

static int module_exec(PyObject *module) {
    module_state *state = PyModule_GetState(module);
    stats_start_clock();
    state->value_from_js = from_js;
    state->value_to_js = to_js;
    if (dates_load() < 0 || import_objects(state) < 0 || add_types(module, state) < 0) return -1;
    state->loop_keyword = Py_BuildValue("(s)", "loop");
    state->interrupted = PyErr_NewException("jsrun._jsrun._Interrupted", PyExc_BaseException, NULL);
    if (!state->loop_keyword || !state->interrupted ||
        add_object(module, "undefined", state->undefined) < 0 ||
        PyModule_AddStringConstant(module, "version", JSRUN_VERSION) < 0 ||
        PyModule_AddStringConstant(module, "v8_version", jsrun_v8_version()) < 0) {
        return -1;
    }
    return register_exit(module);
}

static int module_traverse(PyObject *module, visitproc visit, void *arg) {
    module_state *state = PyModule_GetState(module);
    for (const kept_object *kept = kept_objects; kept < kept_end; kept++)
        Py_VISIT(*place_of(state, kept));
    return 0;
}

static int module_clear(PyObject *module) {
    module_state *state = PyModule_GetState(module);
    for (const kept_object *kept = kept_objects; kept < kept_end; kept++)
        Py_CLEAR(*place_of(state, kept));
    return 0;
}

static void module_free(void *module) { module_clear(module); }

static PyMethodDef module_methods[] = {
    {"_run_script", snapshot_run_script, METH_VARARGS,
     PyDoc_STR("_run_script(runtime, name, source, /)\n--\n\nFor SnapshotBuilder.")},
    {"_take_snapshot", snapshot_take, METH_O,
     PyDoc_STR("_take_snapshot(runtime, /)\n--\n\nFor SnapshotBuilder.")},
    {"_close_all", close_all, METH_NOARGS, close_all_doc},
    {"_leave", leave, METH_O, leave_doc},
    {"_settle", (PyCFunction)(void (*)(void))operations_settle, METH_FASTCALL,
     operations_settle_doc},
    {"_stream_ended", stream_sources_ended, METH_VARARGS, stream_sources_ended_doc},
    {"_stream_count", stream_sources_count, METH_VARARGS, stream_sources_count_doc},
    {NULL},
};

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL},
};

PyDoc_STRVAR(module_doc, "The native half of jsrun. Use the package jsrun.");

static struct PyModuleDef module_definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "jsrun._jsrun",
    .m_doc = module_doc,
    .m_size = sizeof(module_state),
    .m_methods = module_methods,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC PyInit__jsrun(void) { return PyModuleDef_Init(&module_definition); }
