/* The runtime object, for the files of this library.
 *
 * Locks, in the order in which they may be taken:
 *   1. the isolate (isolate_lock, then v8::Locker)   2. the host lock
 *   3. process.lock   4. session->client_lock   5. runtime->lock and handles.lock
 * No function of the host or of V8's clients is called with 5 held. No thread blocks on 1 while it
 * holds another. */
#ifndef RUNTIME_CORE_RUNTIME_STATE_H
#define RUNTIME_CORE_RUNTIME_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/isolate_lock.h"
#include "core/calls.h"
#include "core/dropped_functions.h"
#include "core/flows.h"
#include "core/handles.h"
#include "core/names.h"
#include "core/process.h"
#include "core/session_state.h"
#include "core/stay.h"
#include "core/thread.h"
#include "core/turns.h"
#include "core/uncaught.h"
#include "jsrun/compiler.h"
#include "v8/engine.h"

typedef struct inbound inbound;

/* Why a caller may not simply borrow the isolate: bits of runtime->holds. */
enum {
    HOLD_SESSION = 1, /* a debugger is attached: JavaScript runs on the runtime thread */
    HOLD_QUEUE = 2,   /* earlier jobs wait for the runtime thread */
    HOLD_WAITING = 4, /* no job runs before a debugger says so */
    HOLD_ENDED = 8,   /* no job runs any more */
    HOLD_STACKS = 16, /* the host's threads have several stacks each */
};

/* Why JavaScript was asked to stop. */
typedef enum stop_reason {
    STOP_NONE,
    STOP_INTERRUPTED, /* this job only */
    STOP_TIMED_OUT,   /* this job only */
    STOP_BY_CLIENT,   /* this job only: Runtime.terminateExecution */
    STOP_ENDED,       /* the runtime has ended; see locked.end_status */
} stop_reason;

/* --- the parts of the runtime object: the part that a field is in tells which lock it needs -- */

/* What the isolate's holder writes, and any thread reads. */
typedef struct runtime_inside {
    _Atomic(jsrun_entry *)
        current;                /* the innermost entry; other threads only ask whether it is NULL */
    atomic_uint run_count;      /* outermost entries up to now */
    atomic_uint script_depth;   /* calls into JavaScript inside one another */
    _Atomic(double) deadline;   /* of the innermost entry */
    _Atomic(double) turn_since; /* when the turn that runs has started; 0: none does */
    _Atomic(turn_kind) turn_kind;
    atomic_bool paused; /* in a debugger */
} runtime_inside;

/* What any thread asks of the JavaScript that runs now, or that runs next. */
typedef struct runtime_asked {
    atomic_uint interrupts; /* INTERRUPT_FOR_…: requested, not served */
    atomic_bool pause;      /* by jsrun_runtime_request_pause() */
    atomic_bool break_on_start;
    _Atomic(double) turn_over; /* those who wait want it to be: see turns.c. Written under `lock` */
} runtime_asked;

/* What only the isolate's holder uses and, after the close, the thread that has closed the
 * runtime. */
typedef struct runtime_holder {
    unsigned calling_depth;     /* script depth at the innermost call of a host function, plus 1 */
    bool pause_after_host_call; /* a client has asked for a pause during a host function */
    bool pause_on_next;         /* a client has asked for a pause while nothing ran */
    uncaught_list uncaught;
    dropped_functions dropped;
    name_table names;
    uint32_t last_flow;        /* the last number of our own: see flows.c */
    unsigned pauses;           /* how many there have been */
    jsrun_session *dispatched; /* the session whose message V8 handles */
    bool undisturbed;          /* V8 must be done with that message before it gets another one */
    jsrun_session *checking;   /* the session whose message V8 watches for side effects, or NULL */
    bool wants_snapshot;       /* its close makes a snapshot: `blob` */
    engine_blob blob;
} runtime_holder;

/* What clients have sent. */
typedef struct inbound_queue {
    inbound *first;
    inbound *last;
} inbound_queue;

/* The time in pauses and in waits for a debugger. No limit of time counts it. */
typedef struct paused_time {
    double seconds; /* in all that are over */
    double since;   /* when the present one started; 0: there is none */
    bool over;      /* the innermost pause is to return */
} paused_time;

/* See jsrun_runtime_on_close(). */
typedef struct closing_state {
    void (*watcher)(void *data);
    void *data;
    bool called;
    bool running;
    bool on_thread; /* started by a job on the runtime thread, which must finish it */
} closing_state;

typedef enum runtime_phase { OPEN, CLOSE_BEGUN, CLOSE_FINISHING, CLOSED } runtime_phase;

/* Under `lock`. */
typedef struct runtime_locked {
    jsrun_status end_status; /* JSRUN_OK: jobs may run */
    runtime_phase phase;
    bool end_told;         /* the threads that wait for promises know of the end */
    bool promises_settled; /* a watched one was: the runtime thread is to deliver it */
    unsigned waiters;      /* threads that wait for a promise */
    double timer_due;      /* when the runtime thread must look at the timers; 0: never */
    call_queue calls;
    waiter *waiting; /* for the isolate, or for a promise */
    inbound_queue inbound;
    session_list sessions;
    thread_state thread;
    runtime_guests guests;
    paused_time paused;
    closing_state closing;
    flow_table flows;
    jsrun_heap heap;       /* as of the last sample */
    unsigned heap_samples; /* how many there have been */
} runtime_locked;

/* Atomics that are in no part are written under `lock`, and any thread reads them. Other fields
 * that are in no part never change, except `engine`. */
struct jsrun_runtime {
    /* The fields from here to `services` are those that every entry and every host call needs. */
    jsrun_host host;
    engine *engine; /* NULL once closed. Written with the isolate and `lock`; read with either. */
    unsigned generation; /* process_generation() at birth */
    bool for_snapshot;
    double turn_seconds; /* how long a turn may take: see turns.h; 0: no limit */
    atomic_uint holds;   /* HOLD_… */
    _Atomic(stop_reason) stop;
    runtime_asked asked;
    isolate_lock isolate;
    runtime_inside inside;
    runtime_holder holder;
    runtime_thread thread;
    runtime_tasks tasks;
    struct services *services; /* see services/services.h; it is freed with the runtime */

    handle_table handles; /* with a lock of its own */
    char *name;
    atomic_int references;      /* any thread may change it */
    atomic_uint stopped_clocks; /* jobs whose clock stands still: they wait for a debugger */
    runtime_process process;

    pthread_mutex_t lock;
    pthread_cond_t changed; /* signalled after a change in `locked` */
    runtime_locked locked;
};

/* --- life ------------------------------------------------------------------------------------ */

void runtime_retain(jsrun_runtime *runtime);
/* Frees a runtime that has no references and no engine any more. */
void runtime_destroy(jsrun_runtime *runtime);

/* JSRUN_FORKED in a forked child, else JSRUN_OK. */
static inline jsrun_status runtime_check_process(jsrun_runtime *runtime) {
    return runtime->generation == process_generation() ? JSRUN_OK : JSRUN_FORKED;
}

#endif
