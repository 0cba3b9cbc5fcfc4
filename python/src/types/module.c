#include "base/module_state.h"

#include "base/dates.h"
#include "base/undefined.h"
#include "calls/async_call.h"
#include "calls/operations.h"
#include "calls/outcomes.h"
#include "handlers/stream_sources.h"
#include "types/buffer.h"
#include "types/channel.h"
#include "types/function.h"
#include "types/runtime_type.h"
#include "types/snapshot_builder.h"
#include "types/stream.h"

/* --- the interpreter's exit --------------------------------------------------------------------------- */

PyDoc_STRVAR(close_all_doc, "_close_all($module, /)\n--\n\n"
                            "Close every runtime that is open, and refuse new ones. For atexit.");

/* No thread of the library's may be left that waits for the GIL of an interpreter that is gone. */
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
        runtime = state->runtimes; /* the GIL was released: from the start again */
    }
    /* The main thread ends with the process, and is not told. */
    PyThreadState *thread = PyEval_SaveThread();
    jsrun_thread_leave();
    PyEval_RestoreThread(thread);
    return Py_NewRef(Py_None);
}

PyDoc_STRVAR(leave_doc,
             "_leave($module, runtime, /)\n--\n\n"
             "Before another thread closes the runtime: have this one keep nothing of it.");

static PyObject *leave(PyObject *module, PyObject *object) {
    module_state *state = PyModule_GetState(module);
    runtime_object *runtime = (runtime_object *)object;
    if (!PyObject_TypeCheck(object, state->runtime_type)) {
        PyErr_SetString(PyExc_TypeError, "not a Runtime");
        return NULL;
    }
    /* It may be closed already. */
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

/* --- the module --------------------------------------------------------------------------------------- */

static int import_from(const char *module_name, const char *const *names, PyObject **const *places,
                       size_t count) {
    PyObject *module = PyImport_ImportModule(module_name);
    if (!module) return -1;
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        *places[i] = PyObject_GetAttrString(module, names[i]);
        result = *places[i] ? 0 : -1;
    }
    Py_DECREF(module);
    return result;
}

static int import_error_classes(module_state *state) {
    static const char *const names[ERROR_COUNT] = {
        [ERROR_BINDING] = "BindingError",
        [ERROR_CONVERSION] = "ConversionError",
        [ERROR_CONVERSION_LIMIT] = "ConversionLimitError",
        [ERROR_CONVERSION_RANGE] = "ConversionRangeError",
        [ERROR_EVENT_LOOP] = "EventLoopError",
        [ERROR_EXECUTION_STOPPED] = "ExecutionStopped",
        [ERROR_FORKED] = "ForkedRuntimeError",
        [ERROR_FUNCTION_CLOSED] = "FunctionClosedError",
        [ERROR_INSPECTOR] = "InspectorOpenError",
        [ERROR_PENDING_PROMISE] = "PendingPromiseError",
        [ERROR_RUNTIME_CLOSED] = "RuntimeClosedError",
        [ERROR_SNAPSHOT] = "SnapshotError",
    };
    PyObject **places[ERROR_COUNT];
    for (size_t i = 0; i < ERROR_COUNT; i++) places[i] = &state->errors[i];
    return import_from("jsrun._errors", names, places, ERROR_COUNT);
}

static int import_python_half(module_state *state) {
    static const char *const error_names[] = {"JavaScriptError", "JavaScriptFrame",
                                              "ModuleError",     "RuntimeTerminated",
                                              "RuntimeTimeout",  "show_uncaught"};
    PyObject **const errors[] = {&state->javascript_error, &state->javascript_frame,
                                 &state->module_error,     &state->runtime_terminated,
                                 &state->runtime_timeout,  &state->show_uncaught};
    static const char *const module_names[] = {"Modules", "ModuleNamespace", "await_source"};
    PyObject **const modules[] = {&state->modules, &state->module_namespace, &state->await_source};
    static const char *const request_names[] = {"answer_requests"};
    PyObject **const requests[] = {&state->answer_requests};
    static const char *const queue_names[] = {"SimpleQueue"};
    PyObject **const queues[] = {&state->simple_queue};
    static const char *const config_names[] = {"runtime_settings", "timeout_seconds",
                                               "InspectorEndpoints", "inspector_settings"};
    PyObject **const configs[] = {&state->runtime_settings, &state->timeout_seconds,
                                  &state->inspector_endpoints, &state->inspector_settings};
    static const char *const async_names[] = {
        "Evaluation",    "limit",     "outcomes_of",       "scope_of", "later",
        "current_scope", "Operation", "cancel_operations", "done"};
    PyObject **const asyncs[] = {
        &state->evaluation, &state->limit,         &state->outcomes_of, &state->scope_of,
        &state->later,      &state->current_scope, &state->operation,   &state->cancel_operations,
        &state->done};
    static const char *const stream_names[] = {"JsStream", "PyStreamSource"};
    PyObject **const streams[] = {&state->js_stream, &state->py_stream_source};
    static const char *const loop_names[] = {"_get_running_loop"};
    PyObject **const loops[] = {&state->get_running_loop};
    if (import_from("jsrun._async", async_names, asyncs, 9) < 0 ||
        import_from("jsrun._streams", stream_names, streams, 2) < 0 ||
        import_from("asyncio.events", loop_names, loops, 1) < 0 ||
        import_from("jsrun._errors", error_names, errors, 6) < 0 ||
        import_from("jsrun._modules", module_names, modules, 3) < 0 ||
        import_from("jsrun._requests", request_names, requests, 1) < 0 ||
        import_from("queue", queue_names, queues, 1) < 0 ||
        import_from("jsrun._config", config_names, configs, 4) < 0) {
        return -1;
    }
    state->set_result = PyUnicode_InternFromString("set_result");
    state->set_exception = PyUnicode_InternFromString("set_exception");
    state->cancel = PyUnicode_InternFromString("cancel");
    state->call_name = PyUnicode_InternFromString("_call");
    state->loop_keyword = Py_BuildValue("(s)", "loop");
    if (!state->set_result || !state->set_exception || !state->cancel || !state->call_name ||
        !state->loop_keyword)
        return -1;
    state->interrupted = PyErr_NewException("jsrun._jsrun._Interrupted", PyExc_BaseException, NULL);
    return state->interrupted ? 0 : -1;
}

static int add_types(PyObject *module, module_state *state) {
    state->undefined_type = undefined_type_new(module, &state->undefined);
    if (!state->undefined_type || PyModule_AddType(module, state->undefined_type) < 0) return -1;
    Py_INCREF(state->undefined);
    if (PyModule_AddObject(module, "undefined", state->undefined) < 0) {
        Py_DECREF(state->undefined);
        return -1;
    }
    state->function_type = function_type_new(module);
    if (!state->function_type || PyModule_AddType(module, state->function_type) < 0) return -1;
    state->async_type = async_type_new(module);
    if (!state->async_type) return -1;
    state->outcomes_type = outcomes_type_new(module);
    if (!state->outcomes_type || PyModule_AddType(module, state->outcomes_type) < 0) return -1;
    state->channel_type = channel_type_new(module);
    if (!state->channel_type) return -1;
    state->stream_type = stream_type_new(module);
    if (!state->stream_type) return -1;
    state->buffer_type = buffer_type_new(module);
    if (!state->buffer_type || PyModule_AddType(module, state->buffer_type) < 0) return -1;
    state->runtime_type = runtime_type_new(module);
    return state->runtime_type ? PyModule_AddType(module, state->runtime_type) : -1;
}

static int module_exec(PyObject *module) {
    module_state *state = PyModule_GetState(module);
    stats_start_clock();
    if (dates_load() < 0 || import_error_classes(state) < 0 || import_python_half(state) < 0 ||
        add_types(module, state) < 0 ||
        PyModule_AddStringConstant(module, "version", JSRUN_VERSION) < 0 ||
        PyModule_AddStringConstant(module, "v8_version", jsrun_v8_version()) < 0) {
        return -1;
    }
    return register_exit(module);
}

static int module_traverse(PyObject *module, visitproc visit, void *arg) {
    module_state *state = PyModule_GetState(module);
    Py_VISIT((PyObject *)state->runtime_type);
    Py_VISIT((PyObject *)state->function_type);
    Py_VISIT((PyObject *)state->undefined_type);
    Py_VISIT(state->undefined);
    for (size_t i = 0; i < ERROR_COUNT; i++) Py_VISIT(state->errors[i]);
    Py_VISIT(state->javascript_error);
    Py_VISIT(state->javascript_frame);
    Py_VISIT(state->module_error);
    Py_VISIT(state->modules);
    Py_VISIT(state->module_namespace);
    Py_VISIT(state->await_source);
    Py_VISIT(state->answer_requests);
    Py_VISIT(state->simple_queue);
    Py_VISIT(state->runtime_terminated);
    Py_VISIT(state->runtime_timeout);
    Py_VISIT(state->show_uncaught);
    Py_VISIT(state->runtime_settings);
    Py_VISIT(state->timeout_seconds);
    Py_VISIT(state->inspector_endpoints);
    Py_VISIT(state->inspector_settings);
    Py_VISIT(state->interrupted);
    Py_VISIT((PyObject *)state->async_type);
    Py_VISIT((PyObject *)state->outcomes_type);
    Py_VISIT((PyObject *)state->channel_type);
    Py_VISIT((PyObject *)state->stream_type);
    Py_VISIT((PyObject *)state->buffer_type);
    Py_VISIT(state->js_stream);
    Py_VISIT(state->py_stream_source);
    Py_VISIT(state->evaluation);
    Py_VISIT(state->limit);
    Py_VISIT(state->outcomes_of);
    Py_VISIT(state->scope_of);
    Py_VISIT(state->later);
    Py_VISIT(state->current_scope);
    Py_VISIT(state->operation);
    Py_VISIT(state->cancel_operations);
    Py_VISIT(state->done);
    Py_VISIT(state->get_running_loop);
    return 0;
}

static int module_clear(PyObject *module) {
    module_state *state = PyModule_GetState(module);
    Py_CLEAR(state->runtime_type);
    Py_CLEAR(state->function_type);
    Py_CLEAR(state->undefined_type);
    Py_CLEAR(state->undefined);
    for (size_t i = 0; i < ERROR_COUNT; i++) Py_CLEAR(state->errors[i]);
    Py_CLEAR(state->javascript_error);
    Py_CLEAR(state->javascript_frame);
    Py_CLEAR(state->module_error);
    Py_CLEAR(state->modules);
    Py_CLEAR(state->module_namespace);
    Py_CLEAR(state->await_source);
    Py_CLEAR(state->answer_requests);
    Py_CLEAR(state->simple_queue);
    Py_CLEAR(state->runtime_terminated);
    Py_CLEAR(state->runtime_timeout);
    Py_CLEAR(state->show_uncaught);
    Py_CLEAR(state->runtime_settings);
    Py_CLEAR(state->timeout_seconds);
    Py_CLEAR(state->inspector_endpoints);
    Py_CLEAR(state->inspector_settings);
    Py_CLEAR(state->interrupted);
    Py_CLEAR(state->set_result);
    Py_CLEAR(state->set_exception);
    Py_CLEAR(state->cancel);
    Py_CLEAR(state->call_name);
    Py_CLEAR(state->loop_keyword);
    Py_CLEAR(state->async_type);
    Py_CLEAR(state->outcomes_type);
    Py_CLEAR(state->channel_type);
    Py_CLEAR(state->stream_type);
    Py_CLEAR(state->buffer_type);
    Py_CLEAR(state->js_stream);
    Py_CLEAR(state->py_stream_source);
    Py_CLEAR(state->evaluation);
    Py_CLEAR(state->limit);
    Py_CLEAR(state->outcomes_of);
    Py_CLEAR(state->scope_of);
    Py_CLEAR(state->later);
    Py_CLEAR(state->current_scope);
    Py_CLEAR(state->operation);
    Py_CLEAR(state->cancel_operations);
    Py_CLEAR(state->done);
    Py_CLEAR(state->get_running_loop);
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
