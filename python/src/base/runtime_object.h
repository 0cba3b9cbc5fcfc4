/* What a Runtime consists of. Every part of the extension works on it; the type itself is in types/runtime_type.c. */
#ifndef JSRUN_PYTHON_RUNTIME_OBJECT_H
#define JSRUN_PYTHON_RUNTIME_OBJECT_H

#include "base/flow_table.h"
#include "base/module_state.h"
#include "base/stats.h"

#include <stdatomic.h>

#include "jsrun/inspector.h"
#include "jsrun/value.h"

struct js_call;
typedef struct prepared_call prepared_call;
typedef struct name_cache name_cache;

/* A Python exception that went into JavaScript, to be found again when it comes back out. */
typedef struct crossing {
    jsrun_handle error; /* what JavaScript saw of it */
    PyObject *exception;
} crossing;

enum { CROSSINGS = 64 };

typedef struct runtime_object {
    PyObject_HEAD module_state *state;
    PyInterpreterState *interpreter;
    PyObject *weak_references;

    jsrun_runtime *runtime; /* NULL until __init__; valid until dealloc, closed or not */
    jsrun_limits limits;
    PyObject *snapshot; /* the bytes that it has started from, or NULL; as long as `runtime` */
    double timeout;     /* seconds for what has none of its own; 0: no limit */
    bool closed;        /* close() was called */
    bool closed_at_exit;
    bool ran_script;             /* one that may have declared globals */
    struct runtime_object *next; /* in module_state.runtimes */

    jsrun_target *target; /* NULL: no inspector. It and the next are changed under the lock */
    PyObject *endpoints;  /* InspectorEndpoints or NULL */
    PyThread_type_lock inspector_lock;

    PyObject *handlers;         /* list: a host function's number → callable */
    PyObject *handler_names;    /* dict: that number → what JavaScript calls it */
    PyObject *host_breaks;      /* see breaks.c: names, or True; NULL: none */
    PyObject *console;          /* what takes its output, or NULL */
    PyObject *uncaught_handler; /* or NULL: see host.c */
    PyObject *ops;              /* see ops.c */
    PyObject *modules;          /* a jsrun._modules.Modules */
    bool has_ops;               /* JavaScript has the functions that call them */
    bool has_async_ops;         /* and follows whose the calls are */
    name_cache *names;          /* of names.c, or NULL */
    PyObject *last_code;        /* what eval() got last, if it is short, or NULL */
    jsrun_handle last_source;   /* the same as a string, once it came twice in a row, or {0, 0} */
    prepared_call *spare_call;  /* one of handlers.c to use again, or NULL */

    /* Async calls, and async handlers. Under the GIL. */
    atomic_size_t in_flight; /* calls that asyncio waits for; by any thread */
    flow_table flows;        /* the same calls, by their numbers */
    uint32_t last_flow;
    PyObject *last_scope; /* of the last one; NULL: to be made of the next two, if there are */
    PyObject *last_loop;  /* a weak reference */
    PyObject *last_context;
    PyObject *operations;  /* set: handlers that are under way */
    PyObject *settlements; /* list: what handlers came to, to be told to JavaScript */
    bool settling;         /* a job is posted that does so */

    PyObject *streams; /* dict: the number of a PyStreamSource's stream → what makes its chunks */
    uint32_t last_stream;

    /* What the bootstrap failed with, if nobody was there to be told; every call raises it. */
    PyObject *bootstrap_error;

    stats stats;

    /* The rest is used with the isolate only. */
    struct js_call *call;               /* the innermost job that runs, or NULL */
    struct described_error *describing; /* the innermost, or NULL: see thrown.c */
    crossing crossings[CROSSINGS];
    size_t crossing_count; /* of all that were noted; the last CROSSINGS of them are kept */
} runtime_object;

/* Gives a reference up from inside of a job: if it is the last one the runtime, which has to outlive the job,
 * is freed by the main thread, later. */
void runtime_release_later(runtime_object *self);

/* 0, or -1 with the reason set: not initialized, or closed, terminated, forked. */
int runtime_check(runtime_object *self);

#endif
