/* The runtime object, for the files of this library.
 *
 * Locks, in the order in which they may be taken:
 *   1. the isolate (isolate_lock, then v8::Locker)   2. the host lock
 *   3. process.lock   4. session->client_lock   5. runtime->lock and handles.lock
 * Nothing is called back with 5 held, and nothing blocks on 1 while it holds another. */
#ifndef RUNTIME_CORE_RUNTIME_STATE_H
#define RUNTIME_CORE_RUNTIME_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/isolate_lock.h"
#include "core/calls.h"
#include "core/flows.h"
#include "core/handles.h"
#include "core/names.h"
#include "core/process.h"
#include "core/session_state.h"
#include "core/stay.h"
#include "core/thread.h"
#include "core/uncaught.h"
#include "jsrun/compiler.h"
#include "v8/engine.h"

typedef struct inbound inbound;

/* Why a caller may not simply borrow the isolate: bits of runtime->holds. */
enum {
    HOLD_SESSION = 1, /* a debugger is attached: JavaScript runs on the runtime thread */
    HOLD_QUEUE = 2,   /* earlier jobs wait for the runtime thread */
    HOLD_WAITING = 4, /* no job before a debugger says so */
    HOLD_ENDED = 8,   /* no job any more */
};

/* Why JavaScript was asked to stop. */
typedef enum stop_reason {
    STOP_NONE,
    STOP_INTERRUPTED, /* this job only */
    STOP_TIMED_OUT,   /* this job only */
    STOP_BY_CLIENT,   /* this job only: Runtime.terminateExecution */
    STOP_ENDED,       /* runtime->locked.end_status tells */
} stop_reason;

/* --- the parts of the runtime object: which lock a field needs follows from the part that it is in ------ */

/* What the isolate's holder writes, and any thread reads. */
typedef struct runtime_inside {
    _Atomic(jsrun_entry *) current; /* the innermost entry; others only ask whether there is one */
    atomic_uint run_count;          /* outermost entries so far */
    atomic_uint script_depth;       /* calls into JavaScript inside one another */
    _Atomic(double) deadline;       /* of the innermost entry */
    atomic_bool paused;             /* in a debugger */
} runtime_inside;

/* What any thread asks of the JavaScript that runs now, or that runs next. */
typedef struct runtime_asked {
    atomic_uint interrupts; /* INTERRUPT_FOR_…: requested, not served */
    atomic_bool pause;      /* by jsrun_runtime_request_pause() */
    atomic_bool break_on_start;
} runtime_asked;

/* The isolate's holder's alone. After the close: the thread's that has closed the runtime. */
typedef struct runtime_holder {
    unsigned calling_depth; /* of scripts, plus one, where the innermost host function was called */
    bool pause_after_host_call; /* a client has asked for a pause during a host function */
    bool pause_on_next;         /* a session's client has asked for it while nothing ran */
    bool left_microtasks;       /* of JavaScript that was stopped */
    uncaught_list uncaught;
    name_table names;
    unsigned pauses;           /* this many there were so far */
    jsrun_session *dispatched; /* whose message V8 handles */
    bool undisturbed;          /* V8 has to have handled that before the next one */
    bool wants_snapshot;       /* when it closes */
    engine_blob blob;          /* the snapshot */
} runtime_holder;

/* What clients have sent. */
typedef struct inbound_queue {
    inbound *first;
    inbound *last;
} inbound_queue;

/* The time without JavaScript: pauses, and waits for a debugger. */
typedef struct paused_time {
    double seconds; /* of all that are over */
    double since;   /* 0: neither goes on */
    bool over;      /* the innermost pause is to return */
} paused_time;

/* See jsrun_runtime_on_close(). */
typedef struct closing_state {
    void (*watcher)(void *data);
    void *data;
    bool called;
    bool running;
    bool
        on_thread; /* a job on the runtime thread has begun the close: that thread has to finish it */
} closing_state;

typedef enum runtime_phase { OPEN, CLOSE_BEGUN, CLOSE_FINISHING, CLOSED } runtime_phase;

/* Under `lock`. */
typedef struct runtime_locked {
    jsrun_status end_status; /* JSRUN_OK while jobs are taken */
    runtime_phase phase;
    bool end_told;         /* those that wait for promises know of the end */
    bool promises_settled; /* watched ones, for the runtime thread to deliver */
    unsigned waiters;      /* threads that wait for a promise */
    double timer_due;      /* when the runtime thread has to look at the timers; 0: never */
    call_queue calls;
    inbound_queue inbound;
    session_list sessions;
    thread_state thread;
    runtime_guests guests;
    paused_time paused;
    closing_state closing;
    flow_list abandoned_flows;
    jsrun_heap heap;       /* as of the last look at it */
    unsigned heap_samples; /* how often it was looked at */
} runtime_locked;

/* The atomics that are in no part are written under `lock`, and any thread reads them. What is in no part and no atomic
 * never changes, but for `engine`. */
struct jsrun_runtime {
    /* Every entry and every call of the host needs the fields down to `services`. */
    jsrun_host host;
    engine *
        engine; /* NULL once closed. Written with the isolate and `lock`: one of them is enough to read it. */
    unsigned generation; /* process_generation() at birth */
    bool for_snapshot;
    atomic_uint holds; /* HOLD_… */
    _Atomic(stop_reason) stop;
    runtime_asked asked;
    isolate_lock isolate;
    runtime_inside inside;
    runtime_holder holder;
    runtime_thread thread;
    runtime_tasks tasks;
    struct services *services; /* see services/services.h; in the same piece of memory */

    handle_table handles; /* with a lock of its own */
    char *name;
    atomic_int references;      /* any thread's */
    atomic_uint stopped_clocks; /* jobs that wait for a debugger */
    runtime_process process;

    pthread_mutex_t lock;
    pthread_cond_t changed; /* anything in `locked` */
    runtime_locked locked;
};

/* --- life -------------------------------------------------------------------------------------- */

void runtime_retain(jsrun_runtime *runtime);
/* Frees it: nobody has a reference, and its engine is gone. */
void runtime_destroy(jsrun_runtime *runtime);

/* JSRUN_FORKED in a forked child, else JSRUN_OK. */
static inline jsrun_status runtime_check_process(jsrun_runtime *runtime) {
    return runtime->generation == process_generation() ? JSRUN_OK : JSRUN_FORKED;
}

#endif
