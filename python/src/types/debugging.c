#include "types/debugging.h"

#include "base/arguments.h"
#include "base/errors.h"
#include "base/python_half.h"
#include "calls/call_run.h"
#include "types/channel.h"

#include "jsrun/session.h"

const char debugging_is_paused_doc[] = "Whether JavaScript is paused in the debugger. Never waits.";

PyObject *debugging_is_paused(PyObject *object, void *Py_UNUSED(unused)) {
    runtime_object *self = (runtime_object *)object;
    return PyBool_FromLong(self->runtime && jsrun_runtime_state(self->runtime) != JSRUN_FORKED &&
                           jsrun_runtime_is_paused(self->runtime));
}

const char debugging_attached_doc[] =
    "Whether a client of the inspector is attached: Chrome DevTools, VS Code, or a session of\n"
    "inspector_session(). Never waits.";

PyObject *debugging_attached(PyObject *object, void *Py_UNUSED(unused)) {
    runtime_object *self = (runtime_object *)object;
    return PyBool_FromLong(self->runtime && jsrun_runtime_is_debugged(self->runtime));
}

const char debugging_wait_doc[] =
    "wait_for_debugger($self, /, timeout=None)\n--\n\n"
    "Wait until a debugger is attached and has set its breakpoints.\n"
    "\n"
    "That is when a client has sent Runtime.runIfWaitingForDebugger, as Chrome DevTools and\n"
    "VS Code do. If an attached client has already done so, the call returns at once.\n"
    "timeout is in seconds, or a timedelta; None means no limit. Returns False if that time\n"
    "has passed. The time does not count against the timeout of JavaScript that has called\n"
    "here.\n"
    "\n"
    "Raises RuntimeError if the runtime is closed, and RuntimeTerminated after terminate().";

PyObject *debugging_wait(PyObject *object, PyObject *const *arguments, Py_ssize_t count,
                         PyObject *names) {
    static const char *const parameters[] = {"timeout"};
    runtime_object *self = (runtime_object *)object;
    PyObject *timeout = NULL;
    double seconds = -1;
    if (!arguments_parse("wait_for_debugger", parameters, 1, 1, 0, arguments, count, names,
                         &timeout))
        return NULL;
    if (timeout && timeout != Py_None) {
        PyObject *checked = PyObject_CallOneArg(self->state->timeout_seconds, timeout);
        if (!checked) return NULL;
        seconds = PyFloat_AsDouble(checked);
        Py_DECREF(checked);
    }
    if (runtime_check(self) < 0) return NULL;
    jsrun_status status = jsrun_runtime_await_debugger(self->runtime, seconds);
    if (status == JSRUN_OK) return Py_NewRef(Py_True);
    if (status == JSRUN_TIMED_OUT) return Py_NewRef(Py_False);
    if (status == JSRUN_INTERRUPTED)
        call_raise_signal();
    else
        errors_raise_status(self->state, status);
    return NULL;
}

const char debugging_pause_doc[] =
    "pause($self, /)\n--\n\n"
    "Pause JavaScript in the debugger, as a debugger; statement would: what runs now, or\n"
    "else what runs next. Does not wait for it.\n"
    "\n"
    "Any thread may call it, and so may a handler. Returns False, and does nothing, while\n"
    "no debugger is attached.\n"
    "\n"
    "Raises RuntimeError if the runtime is closed.";

PyObject *debugging_pause(PyObject *object, PyObject *Py_UNUSED(unused)) {
    runtime_object *self = (runtime_object *)object;
    if (runtime_check(self) < 0) return NULL;
    return PyBool_FromLong(jsrun_runtime_request_pause(self->runtime));
}

const char debugging_open_channel_doc[] = "_open_channel($self, bytes, /)\n--\n\n"
                                          "For InspectorSession.";

PyObject *debugging_open_channel(PyObject *object, PyObject *bytes) {
    runtime_object *self = (runtime_object *)object;
    size_t most = PyLong_AsSize_t(bytes);
    if (most == (size_t)-1 && PyErr_Occurred()) return NULL;
    if (!self->runtime && runtime_check(self) < 0) return NULL;
    return channel_open(self, most);
}

/* Defines a method that python_half_call() carries out. */
#define WRITTEN_IN_PYTHON(method, module, function)                                                \
    PyObject *method(PyObject *self, PyObject *args, PyObject *kwargs) {                           \
        return python_half_call(module, function, self, args, kwargs);                             \
    }

const char debugging_session_doc[] =
    "inspector_session($self, /, *, timeout=None, max_events=10000)\n--\n\n"
    "Attach to the runtime's inspector from this program: an InspectorSession.\n"
    "\n"
    "Works for every runtime, with and without an InspectorConfig, and beside other\n"
    "debuggers. While it is attached, JavaScript runs on the runtime's own thread. timeout\n"
    "limits how long its methods wait for the inspector, in seconds or as a timedelta; None\n"
    "means no limit. max_events limits how many events are kept for their readers; the\n"
    "oldest are dropped.\n"
    "\n"
    "Raises RuntimeError if the runtime is closed.";

WRITTEN_IN_PYTHON(debugging_session, "jsrun._session", "InspectorSession")

const char debugging_cpu_profile_doc[] =
    "cpu_profile($self, /, path_or_file=None, *, interval=0.001)\n--\n\n"
    "Record where JavaScript spends its time, in a with statement: a CpuProfile.\n"
    "\n"
    "At the end it has the profile, which is also written to a .cpuprofile file if one is\n"
    "given. interval is the time between two samples, in seconds or as a timedelta.\n"
    "JavaScript that was already running on another thread is recorded from its next call\n"
    "on.\n"
    "\n"
    "Raises RuntimeError if the runtime is closed.";

WRITTEN_IN_PYTHON(debugging_cpu_profile, "jsrun._profiling", "CpuProfile")

const char debugging_heap_snapshot_doc[] =
    "heap_snapshot($self, /, path_or_file)\n--\n\n"
    "Write all objects of the heap to a .heapsnapshot file, for the Memory panel of\n"
    "DevTools.\n"
    "\n"
    "Works also while JavaScript is paused. If JavaScript runs in another thread, newer\n"
    "versions of V8 wait for its end. The file is written piece by piece: the program's\n"
    "memory does not grow by the size of the file, though V8 needs some for itself.\n"
    "\n"
    "Raises OSError if the file cannot be written, and RuntimeError if the runtime is\n"
    "closed.";

WRITTEN_IN_PYTHON(debugging_heap_snapshot, "jsrun._profiling", "heap_snapshot")

const char debugging_coverage_doc[] =
    "coverage($self, /, path_or_file=None)\n--\n\n"
    "Count which code runs, and how often, in a with statement: a Coverage.\n"
    "\n"
    "At the end it has V8's counts for every script with a name. They are also written to a\n"
    "file if one is given, and are available as LCOV.\n"
    "\n"
    "Raises RuntimeError if the runtime is closed.";

WRITTEN_IN_PYTHON(debugging_coverage, "jsrun._profiling", "Coverage")

const char debugging_probe_doc[] =
    "probe($self, /, location, *expressions, condition=None, handler=None)\n--\n\n"
    "Report the values of expressions each time a line is reached, without stopping there.\n"
    "\n"
    "location is 'file:line' or 'file:line:column', counted from 1. The file is a script's\n"
    "whole name, or its end after a slash, and may be run later. The expressions are\n"
    "evaluated at the line, with its local variables. A condition, also an expression,\n"
    "limits this to the times when it is true. handler is called with a ProbeHit, on a\n"
    "thread of its own, a moment later; None prints it. Returns a Probe.\n"
    "\n"
    "Raises ValueError for a location or an expression that is not valid, and RuntimeError\n"
    "if the runtime is closed.";

WRITTEN_IN_PYTHON(debugging_probe, "jsrun._probe", "Probe")
