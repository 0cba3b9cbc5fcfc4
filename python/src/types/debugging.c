#include "types/debugging.h"

#include "base/arguments.h"
#include "base/errors.h"
#include "base/python_half.h"
#include "calls/call_run.h"
#include "types/channel.h"

#include "jsrun/session.h"

const char debugging_is_paused_doc[] =
    "Whether JavaScript is stopped in the debugger. Never waits.";

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
    "That is when a client has sent Runtime.runIfWaitingForDebugger, as Chrome DevTools and VS\n"
    "Code do; if one that is attached has done so already the call returns at once. timeout is\n"
    "in seconds, or a timedelta; None means no limit. Returns False if that time has passed.\n"
    "The time counts against no timeout of JavaScript that has called here.\n"
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
    "Stop JavaScript in the debugger, as a debugger; statement would: what runs now, or else\n"
    "what runs next. Does not wait for it.\n"
    "\n"
    "May be called by any thread, and by a function that JavaScript has called. Returns False,\n"
    "and does nothing, while no debugger is attached.\n"
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
    "Works for every runtime, with and without an InspectorConfig, and beside other debuggers.\n"
    "While it is attached JavaScript runs on a thread of the runtime's own. timeout is how long\n"
    "its methods wait for the inspector, in seconds or as a timedelta; None means no limit.\n"
    "max_events is how many events are kept for those who read them; the oldest go first.\n"
    "\n"
    "Raises RuntimeError if the runtime is closed.";

WRITTEN_IN_PYTHON(debugging_session, "jsrun._session", "InspectorSession")

const char debugging_cpu_profile_doc[] =
    "cpu_profile($self, /, path_or_file=None, *, interval=0.001)\n--\n\n"
    "Record where JavaScript spends its time, in a with statement: a CpuProfile.\n"
    "\n"
    "At the end it has the profile, which is also written to a .cpuprofile file if one is\n"
    "given. interval is how often it looks, in seconds or as a timedelta. What was running\n"
    "before on another thread is recorded from its next call on.\n"
    "\n"
    "Raises RuntimeError if the runtime is closed.";

WRITTEN_IN_PYTHON(debugging_cpu_profile, "jsrun._profiling", "CpuProfile")

const char debugging_heap_snapshot_doc[] =
    "heap_snapshot($self, /, path_or_file)\n--\n\n"
    "Write all objects of the heap to a .heapsnapshot file, for the Memory panel of DevTools.\n"
    "\n"
    "Also while JavaScript is paused. If it runs in another thread, newer versions of V8 wait\n"
    "for its end. It is written piece by piece: the program's memory does not grow by the\n"
    "file's size, though V8 needs some for itself.\n"
    "\n"
    "Raises OSError if the file cannot be written, and RuntimeError if the runtime is closed.";

WRITTEN_IN_PYTHON(debugging_heap_snapshot, "jsrun._profiling", "heap_snapshot")

const char debugging_coverage_doc[] =
    "coverage($self, /, path_or_file=None)\n--\n\n"
    "Count which code runs, and how often, in a with statement: a Coverage.\n"
    "\n"
    "At the end it has V8's account of every script with a name, which is also written to a\n"
    "file if one is given, and can be had as LCOV.\n"
    "\n"
    "Raises RuntimeError if the runtime is closed.";

WRITTEN_IN_PYTHON(debugging_coverage, "jsrun._profiling", "Coverage")

const char debugging_probe_doc[] =
    "probe($self, /, location, *expressions, condition=None, handler=None)\n--\n\n"
    "Tell the values of expressions each time a line is reached, without stopping there.\n"
    "\n"
    "location is 'file:line' or 'file:line:column', counted from 1; the file is a script's\n"
    "whole name, or its end after a slash, and may be run later. The expressions are evaluated\n"
    "where the line is, with its local variables; with a condition, an expression too, only if\n"
    "that is true. handler is called with a ProbeHit, on a thread of its own, a moment later;\n"
    "None prints it. Returns a Probe.\n"
    "\n"
    "Raises ValueError for what is no location or no expression, and RuntimeError if the\n"
    "runtime is closed.";

WRITTEN_IN_PYTHON(debugging_probe, "jsrun._probe", "Probe")
