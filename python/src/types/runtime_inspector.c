#include "types/runtime_inspector.h"

bool inspector_read_settings(inspector_settings *settings, PyObject *tuple) {
    int wait, stop, remote, requested;
    jsrun_target_options *target = &settings->target;
    if (!PyArg_ParseTuple(tuple, "sHppzzpzpO;inspector settings", &target->host, &target->port,
                          &wait, &stop, &target->title, &target->target_url, &remote,
                          &target->access_token, &requested, &settings->tell)) {
        return false;
    }
    target->allow_remote = remote;
    settings->wait = wait;
    settings->stop = stop;
    settings->requested = requested;
    return true;
}

static PyObject *endpoints_of(module_state *state, const jsrun_target_info *info) {
    /* An address that contains colons is written in brackets, as in URLs. */
    const char *pattern = strchr(info->host, ':') ? "[%s]:%d" : "%s:%d";
    PyObject *host = PyUnicode_FromFormat(pattern, info->host, (int)info->port);
    if (!host) return NULL;
    return PyObject_CallFunction(state->inspector_endpoints, "sssssszNssz", info->id,
                                 info->websocket_url, info->devtools_frontend_url, info->title,
                                 info->description, info->target_url, info->favicon_url, host,
                                 info->process_websocket_url, info->process_devtools_frontend_url,
                                 info->access_token);
}

static int tell(runtime_object *runtime, PyObject *whom) {
    if (whom == Py_None) return 0;
    PyObject *result = PyObject_CallFunctionObjArgs(whom, runtime, runtime->endpoints, NULL);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

int inspector_open(runtime_object *runtime, const inspector_settings *settings) {
    char error[512];
    jsrun_target *target = NULL;
    bool open;
    Py_BEGIN_ALLOW_THREADS open =
        jsrun_target_open(runtime->runtime, &settings->target, &target, error, sizeof error);
    Py_END_ALLOW_THREADS if (!open) {
        if (settings->requested)
            return PyErr_WarnFormat(PyExc_RuntimeWarning, 1, "JSRUN_INSPECT: %s", error);
        PyErr_SetString(runtime->state->errors[ERROR_INSPECTOR], error);
        return -1;
    }
    runtime->target = target;
    runtime->endpoints = endpoints_of(runtime->state, jsrun_target_info_of(target));
    return runtime->endpoints ? tell(runtime, settings->tell) : -1;
}

void inspector_free(runtime_object *runtime) {
    jsrun_target *target = runtime->target;
    if (!target) return;
    runtime->target = NULL;
    Py_BEGIN_ALLOW_THREADS jsrun_target_free(target);
    Py_END_ALLOW_THREADS
}

/* --- methods ---------------------------------------------------------------------------------- */

/* Only one thread opens or closes at a time, though both release the GIL. */
static void lock(runtime_object *runtime) {
    Py_BEGIN_ALLOW_THREADS PyThread_acquire_lock(runtime->inspector_lock, WAIT_LOCK);
    Py_END_ALLOW_THREADS
}

/* With the lock held. */
static PyObject *open_now(runtime_object *runtime, const inspector_settings *settings) {
    if (runtime->target) {
        return PyErr_Format(runtime->state->errors[ERROR_INSPECTOR],
                            "the inspector is open already, at %s",
                            jsrun_target_info_of(runtime->target)->websocket_url);
    }
    jsrun_runtime_inspect(runtime->runtime);
    /* Before a debugger is able to let it go on. */
    if (settings->wait || settings->stop)
        jsrun_runtime_wait_for_debugger(runtime->runtime, settings->stop);
    if (inspector_open(runtime, settings) < 0) {
        inspector_free(runtime);
        jsrun_runtime_stop_waiting(runtime->runtime);
        return NULL;
    }
    return Py_NewRef(runtime->endpoints);
}

const char inspector_open_doc[] =
    "open_inspector($self, /, config=None)\n--\n\n"
    "Let debuggers attach from now on, and return where they can.\n"
    "\n"
    "For a runtime that was created without an inspector, or whose inspector was closed.\n"
    "Any thread may call it, also while JavaScript runs, which a debugger can then pause.\n"
    "config is an InspectorConfig; without one the defaults hold. With wait_for_connection,\n"
    "calls that start from now on wait for a debugger. With break_on_next_statement,\n"
    "JavaScript that runs then is paused, too.\n"
    "\n"
    "Raises RuntimeError if the inspector is open already or cannot listen, or if the\n"
    "runtime has ended.";

PyObject *inspector_open_method(PyObject *self, PyObject *args, PyObject *kwargs) {
    static char *parameters[] = {"config", NULL};
    runtime_object *runtime = (runtime_object *)self;
    PyObject *config = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:open_inspector", parameters, &config))
        return NULL;
    if (runtime_check(runtime) < 0) return NULL;
    PyObject *tuple = PyObject_CallOneArg(runtime->state->inspector_settings, config);
    if (!tuple) return NULL;
    inspector_settings settings = {0};
    PyObject *endpoints = NULL;
    if (inspector_read_settings(&settings, tuple)) {
        lock(runtime);
        endpoints = open_now(runtime, &settings);
        PyThread_release_lock(runtime->inspector_lock);
    }
    Py_DECREF(tuple);
    return endpoints;
}

const char inspector_close_doc[] =
    "close_inspector($self, /)\n--\n\n"
    "Let no debugger attach any more, and detach those that are attached.\n"
    "\n"
    "JavaScript goes on: a pause ends, and so does a wait for a debugger. Any thread may\n"
    "call it, also again. open_inspector() opens the inspector once more.";

PyObject *inspector_close_method(PyObject *self, PyObject *Py_UNUSED(unused)) {
    runtime_object *runtime = (runtime_object *)self;
    if (runtime->runtime && jsrun_runtime_state(runtime->runtime) != JSRUN_FORKED) {
        lock(runtime);
        if (runtime->target) {
            Py_CLEAR(runtime->endpoints);
            inspector_free(runtime);
            jsrun_runtime_stop_waiting(runtime->runtime);
        }
        PyThread_release_lock(runtime->inspector_lock);
    }
    return Py_NewRef(Py_None);
}

const char inspector_endpoints_doc[] =
    "inspector_endpoints($self, /)\n--\n\n"
    "Where a debugger finds the runtime, or None if it has no inspector. Never waits.\n"
    "close() does not change it.";

PyObject *inspector_stop_waiting_method(PyObject *self, PyObject *Py_UNUSED(unused)) {
    runtime_object *runtime = (runtime_object *)self;
    if (runtime->runtime) jsrun_runtime_stop_waiting(runtime->runtime);
    return Py_NewRef(Py_None);
}

PyObject *inspector_endpoints_method(PyObject *self, PyObject *Py_UNUSED(unused)) {
    runtime_object *runtime = (runtime_object *)self;
    return Py_NewRef(runtime->endpoints ? runtime->endpoints : Py_None);
}
