#include "inspector.h"

static PyObject *endpoints_of(module_state *state, const jsrun_target_info *info) {
    /* An address with colons of its own is written in brackets, as in URLs. */
    const char *pattern = strchr(info->host, ':') ? "[%s]:%d" : "%s:%d";
    PyObject *host = PyUnicode_FromFormat(pattern, info->host, (int)info->port);
    if (!host) return NULL;
    return PyObject_CallFunction(state->inspector_endpoints, "sssssszN", info->id,
                                 info->websocket_url, info->devtools_frontend_url, info->title,
                                 info->description, info->target_url, info->favicon_url, host);
}

int inspector_open(runtime_object *runtime, const jsrun_target_options *options) {
    char error[512];
    jsrun_target *target = NULL;
    bool open;
    Py_BEGIN_ALLOW_THREADS open =
        jsrun_target_open(runtime->runtime, options, &target, error, sizeof error);
    Py_END_ALLOW_THREADS if (!open) {
        PyErr_SetString(PyExc_RuntimeError, error);
        return -1;
    }
    runtime->target = target;
    runtime->endpoints = endpoints_of(runtime->state, jsrun_target_info_of(target));
    return runtime->endpoints ? 0 : -1;
}

void inspector_free(runtime_object *runtime) {
    jsrun_target *target = runtime->target;
    if (!target) return;
    runtime->target = NULL;
    Py_BEGIN_ALLOW_THREADS jsrun_target_free(target);
    Py_END_ALLOW_THREADS
}
