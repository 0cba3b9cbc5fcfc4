#include "types/runtime_settings.h"

#include "base/function_numbers.h"

#include "jsrun/snapshot.h"

static bool read_snapshot(module_state *state, jsrun_runtime_options *options, PyObject *bytes,
                          Py_ssize_t offset) {
    char reason[256];
    const char *data = PyBytes_AS_STRING(bytes) + offset;
    size_t size = (size_t)(PyBytes_GET_SIZE(bytes) - offset);
    if (!jsrun_snapshot_check(data, size, reason, sizeof reason)) {
        PyErr_Format(state->errors[ERROR_SNAPSHOT], "no runtime can start from the snapshot: %s",
                     reason);
        return false;
    }
    options->snapshot = data;
    options->snapshot_size = size;
    return true;
}

static bool read_inspector_settings(runtime_settings *settings, PyObject *tuple) {
    if (!inspector_read_settings(&settings->inspector, tuple)) return false;
    settings->has_inspector = true;
    settings->runtime.wait_for_debugger = settings->inspector.wait;
    settings->runtime.break_on_start = settings->inspector.stop;
    settings->runtime.inspect = true;
    settings->runtime.name = settings->inspector.target.title;
    return true;
}

bool runtime_settings_read(runtime_settings *settings, module_state *state, PyObject *config) {
    Py_ssize_t heap_limit, initial_heap, buffer_limit, bytes;
    PyObject *inspector;
    int console_values, web_globals, for_snapshot, views;
    settings->tuple = PyObject_CallOneArg(state->runtime_settings, config);
    if (!settings->tuple ||
        !PyArg_ParseTuple(
            settings->tuple,
            "nnndOInpOOpOpOnp;the extension and the package's Python files are of different builds",
            &heap_limit, &initial_heap, &buffer_limit, &settings->timeout, &settings->bootstrap,
            &settings->limits.depth, &bytes, &views, &inspector, &settings->console,
            &console_values, &settings->uncaught_handler, &web_globals, &settings->snapshot,
            &settings->snapshot_offset, &for_snapshot)) {
        return false;
    }
    settings->runtime.heap_limit = (size_t)heap_limit;
    settings->runtime.initial_heap = (size_t)initial_heap;
    settings->runtime.buffer_limit = (size_t)buffer_limit;
    settings->runtime.turn_seconds = settings->timeout;
    settings->limits.bytes = (size_t)bytes;
    settings->limits.views = views;
    settings->runtime.console = settings->console != Py_None;
    settings->runtime.console_values = console_values;
    settings->runtime.console_function = HOST_CONSOLE;
    settings->runtime.web_globals = web_globals;
    settings->runtime.modules = true;
    settings->runtime.resolve_function = HOST_RESOLVE;
    settings->runtime.load_function = HOST_LOAD;
    settings->runtime.stream_functions = HOST_STREAM_PULL;
    settings->runtime.for_snapshot = for_snapshot;
    if (settings->snapshot != Py_None &&
        !read_snapshot(state, &settings->runtime, settings->snapshot, settings->snapshot_offset))
        return false;
    return inspector == Py_None || read_inspector_settings(settings, inspector);
}
