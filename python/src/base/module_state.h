/* The extension's state: its types, and what it uses of the package's Python half. */
#ifndef JSRUN_PYTHON_MODULE_STATE_H
#define JSRUN_PYTHON_MODULE_STATE_H

#include "base/cpython.h"

#include <stdbool.h>

#include "jsrun/value.h"

struct runtime_object;

/* The classes of the extension's own exceptions; all derive from JsrunError. */
enum {
    ERROR_BINDING,
    ERROR_CONVERSION,
    ERROR_CONVERSION_LIMIT,
    ERROR_CONVERSION_RANGE,
    ERROR_EVENT_LOOP,
    ERROR_EXECUTION_STOPPED,
    ERROR_FORKED,
    ERROR_FUNCTION_CLOSED,
    ERROR_GREENLET,
    ERROR_INSPECTOR,
    ERROR_PENDING_PROMISE,
    ERROR_RUNTIME_CLOSED,
    ERROR_SNAPSHOT,
    ERROR_COUNT
};

typedef struct module_state {
    PyTypeObject *runtime_type;
    PyTypeObject *function_type;
    PyTypeObject *undefined_type;
    PyTypeObject *async_type;
    PyTypeObject *outcomes_type;
    PyTypeObject *channel_type;
    PyTypeObject *stream_type;
    PyTypeObject *buffer_type;
    PyObject *undefined;
    /* See greenlets.h. */
    PyObject *loaded_modules;       /* sys.modules */
    Py_ssize_t loaded_count;        /* how many there were at the last look */
    PyObject *get_current_greenlet; /* greenlet.getcurrent, or NULL: greenlet is not loaded */
    /* Calls a JsFunction. The layer that makes the objects is below the one that calls them. */
    vectorcallfunc call_function;
    /* from_js() and to_js(), for the layer beneath them. */
    PyObject *(*value_from_js)(struct runtime_object *, jsrun_entry *, jsrun_value);
    jsrun_value (*value_to_js)(struct runtime_object *, jsrun_entry *, PyObject *);

    /* From jsrun._errors. */
    PyObject *errors[ERROR_COUNT];
    PyObject *javascript_error;
    PyObject *javascript_frame;
    PyObject *module_error;
    PyObject *runtime_terminated;
    PyObject *runtime_timeout;
    PyObject *show_uncaught;
    /* From jsrun._async. */
    PyObject *evaluation;
    PyObject *limit;
    PyObject *outcomes_of;
    PyObject *scope_of;
    PyObject *last_outcomes; /* the outcomes_object that was asked for last; not owned */
    PyObject *later;
    PyObject *current_scope;
    PyObject *operation;
    PyObject *cancel_operations;
    PyObject *done; /* an awaitable that is done */
    /* From jsrun._modules. */
    PyObject *modules;
    PyObject *module_namespace;
    PyObject *await_source;
    /* From jsrun._requests, and the queue that it reads from. */
    PyObject *answer_requests;
    PyObject *simple_queue;
    /* From jsrun._streams. */
    PyObject *js_stream;
    PyObject *py_stream_source;
    /* Names of attributes, and the keyword `loop`. */
    PyObject *set_result;
    PyObject *set_exception;
    PyObject *cancel;
    PyObject *call_name;
    PyObject *loop_keyword;
    /* From asyncio. */
    PyObject *get_running_loop;
    /* From jsrun._config. */
    PyObject *runtime_settings;
    PyObject *timeout_seconds;
    PyObject *inspector_endpoints;
    PyObject *inspector_settings;
    /* Is raised in place of an exception that is kept elsewhere, while JavaScript is stopped
     * because of that exception: see calls/call.h. It is never seen outside the extension. */
    PyObject *interrupted;

    struct runtime_object *runtimes; /* all runtimes, linked by `next`; not owned */
    bool exiting;                    /* the interpreter exits: no new runtimes */
} module_state;

#endif
