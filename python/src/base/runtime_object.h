/* The struct of a Runtime, which every part of the extension works on. Its type is in
 * types/runtime_type.c. */
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

/* A Python exception that went into JavaScript, so that it is found again when it comes back. */
typedef struct crossing {
    jsrun_handle error; /* what JavaScript sees in its place */
    PyObject *exception;
} crossing;

enum { CROSSINGS = 64 };

typedef struct runtime_object {
    PyObject_HEAD module_state *state;
    PyInterpreterState *interpreter;
    PyObject *weak_references;

    jsrun_runtime *runtime; /* NULL until __init__; valid until dealloc, closed or not */
    jsrun_limits limits;
    PyObject *snapshot; /* the bytes that it started from, or NULL; kept as long as `runtime` */
    double timeout;     /* seconds for calls without their own; 0: no limit */
    bool closed;        /* close() was called */
    bool closed_at_exit;
    bool ran_script;             /* a script that may have declared globals */
    struct runtime_object *next; /* in module_state.runtimes */

    jsrun_target *target; /* NULL: no inspector. inspector_lock guards this and the next field */
    PyObject *endpoints;  /* InspectorEndpoints or NULL */
    PyThread_type_lock inspector_lock;

    PyObject *handlers;         /* list: a host function's number → callable, or None */
    PyObject *spare_numbers;    /* list: those whose functions JavaScript has dropped */
    PyObject *handler_names;    /* dict: that number → what JavaScript calls it */
    PyObject *host_breaks;      /* see values/breaks.c: a set of names, or True; NULL: none */
    PyObject *console;          /* takes what the console prints, or NULL */
    PyObject *uncaught_handler; /* or NULL: see handlers/host.c */
    PyObject *ops;              /* see handlers/ops.c */
    PyObject *modules;          /* a jsrun._modules.Modules */
    bool has_ops;               /* JavaScript has the functions that call ops */
    bool has_async_ops;         /* and their flows are followed */
    name_cache *names;          /* of property_names.c, or NULL */
    PyObject *last_code;        /* the code that eval() got last, if it is short, or NULL */
    jsrun_handle last_source;   /* the same in V8, once eval() got it twice in a row, or {0, 0} */
    prepared_call *spare_call;  /* one of handlers.c, to be used again, or NULL */

    /* Async calls, and async handlers. Guarded by the GIL. */
    atomic_size_t in_flight; /* calls that asyncio waits for; changed by any thread */
    flow_table flows;        /* the same calls, by number */
    uint32_t last_flow;
    PyObject *last_scope; /* of the last call; NULL: made of the next two fields when needed */
    PyObject *last_loop;  /* a weak reference */
    PyObject *last_context;
    PyObject *operations;  /* set: handlers that run as tasks */
    PyObject *settlements; /* list: outcomes of handlers that JavaScript is still to be told */
    bool settling;         /* a job that does so is posted */

    /* dict: the number of a PyStreamSource's stream → the object that makes its chunks */
    PyObject *streams;
    uint32_t last_stream;

    /* Greenlets: see greenlets.h. Under the GIL. */
    PyObject *performing; /* list: those that handlers run in, the innermost last; or NULL */
    unsigned long performing_thread; /* where these are */
    unsigned foreign_calls;          /* of other greenlets that are under way meanwhile */
    PyObject *turn_waiters;          /* list: events of those that wait for their turn; or NULL */

    /* What the bootstrap failed with, if no caller could be told. Every call raises it. */
    PyObject *bootstrap_error;

    stats stats;

    /* The rest needs the isolate. */
    struct js_call *call;               /* the innermost job that runs, or NULL */
    struct described_error *describing; /* the innermost, or NULL: see thrown.c */
    crossing crossings[CROSSINGS];
    size_t crossing_count; /* how many were noted at all; the last CROSSINGS are kept */
} runtime_object;

/* Gives up a reference from inside a job. The runtime has to outlive the job: if this was the last
 * reference, the main thread frees the runtime later. */
void runtime_release_later(runtime_object *self);

/* What the runtime keeps for JavaScript: handlers, what finds modules, contexts of calls. */
int runtime_visit_kept(runtime_object *self, visitproc visit, void *arg);
/* Gives it up, once JavaScript can ask for nothing any more. May run code of the program, after
 * which `self` is not used any more. */
void runtime_drop_kept(runtime_object *self);

/* 0, or -1 with an exception set that says why the runtime cannot be used: it is not initialized,
 * or closed, terminated, forked. */
int runtime_check(runtime_object *self);

#endif
