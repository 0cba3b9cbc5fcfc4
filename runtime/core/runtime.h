/* The runtime object, for the files of this library.
 *
 * Locks, in the order in which they may be taken:
 *   1. the isolate (isolate_lock, then v8::Locker)   2. the host lock
 *   3. process.lock   4. session->client_lock   5. runtime->lock and handles.lock
 * Nothing is called back with 5 held, and nothing blocks on 1 while it holds another. */
#ifndef RUNTIME_RUNTIME_H
#define RUNTIME_RUNTIME_H

#include <pthread.h>
#include <stdatomic.h>

#include "v8/entry.h"
#include "core/handles.h"
#include "base/isolate_lock.h"
#include "jsrun/compiler.h"
#include "jsrun/patience.h"
#include "jsrun/session.h"
#include "jsrun/statistics.h"
#include "core/names.h"
#include "core/uncaught.h"
#include "v8/engine.h"

typedef struct call call;
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

/* What runtime_interrupt() is to do. */
enum {
    INTERRUPT_FOR_SESSIONS = 1,
    INTERRUPT_FOR_SIGNALS = 2,
    INTERRUPT_FOR_HEAP = 4,
    INTERRUPT_FOR_INSPECTOR = 8,
    INTERRUPT_FOR_BREAK = 16,
};

/* Numbers that jsrun_flow_abandon() was given, the oldest overwritten by the newest. */
typedef struct flow_list {
    uint32_t *numbers;
    size_t count; /* so far */
} flow_list;

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

/* What the runtime thread writes, and any thread reads. */
typedef struct runtime_thread {
    _Atomic(const void *) identity;     /* as thread_self() */
    _Atomic(double) background_seconds; /* see runtime_begin_background() */
    _Atomic(double) background_since;   /* 0: no such JavaScript runs */
    jsrun_patience patience; /* with more jobs to come; only the runtime thread reads it */
} runtime_thread;

/* The tasks that V8 posts: see runtime_tasks_posted(). Any thread's. */
typedef struct runtime_tasks {
    atomic_bool posted;
    atomic_uint in_v8; /* calls of V8 that the holder of `lock` is in */
} runtime_tasks;

/* The runtime's place in the process's list. Under process.lock. */
typedef struct runtime_process {
    jsrun_runtime *next;
    unsigned watched_run;
} runtime_process;

/* Threads that have something in the isolate between their entries: see enter.c. It is written with the isolate too, except
 * by a thread that only forgets its locker: a thread that is a guest itself may read it with the isolate alone. */
typedef struct runtime_guests {
    bool has_resident;     /* a thread stays in the isolate */
    bool left;             /* the resident of closed_engine has left */
    unsigned keepers;      /* this many threads keep a v8::Locker of it */
    engine *closed_engine; /* to be freed by the last guest that leaves */
    const void *closer;    /* the thread that the isolate has died on: it has to dispose of it */
} runtime_guests;

/* Jobs for the runtime thread, first come, first served. */
typedef struct call_queue {
    call *first;
    call *last;
    call *nested;  /* from a host function that the runtime thread waits for */
    call *running; /* innermost on the runtime thread */
} call_queue;

typedef struct session_list {
    jsrun_session *first;
    jsrun_session *detached; /* which V8 may be in the middle of */
    unsigned count;          /* opened and not yet detached from V8 */
} session_list;

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

typedef struct thread_state {
    pthread_t id;
    bool started;
    bool idle; /* it has nothing to do, and nothing goes on in V8 */
} thread_state;

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

/* --- reference counts (runtime.c) ------------------------------------------------------------------ */

void runtime_retain(jsrun_runtime *runtime);
/* JSRUN_FORKED in a forked child, else JSRUN_OK. */
jsrun_status runtime_check_process(jsrun_runtime *runtime);

/* --- scripts: by the isolate's holder only, so that no other thread's change can be lost -------------------- */

static inline unsigned runtime_script_depth(jsrun_runtime *runtime) {
    return atomic_load_explicit(&runtime->inside.script_depth, memory_order_relaxed);
}

static inline void runtime_begin_script(jsrun_runtime *runtime) {
    atomic_store_explicit(&runtime->inside.script_depth, runtime_script_depth(runtime) + 1,
                          memory_order_relaxed);
}

static inline void runtime_end_script(jsrun_runtime *runtime) {
    atomic_store_explicit(&runtime->inside.script_depth, runtime_script_depth(runtime) - 1,
                          memory_order_relaxed);
}

/* Whether what runs innermost is not JavaScript but a function of the host's that it has called. */
static inline bool runtime_is_in_host_call(jsrun_runtime *runtime) {
    return runtime->holder.calling_depth == runtime_script_depth(runtime) + 1;
}

/* --- entering (enter.c): the one pair for every way in ------------------------------------------------ */

/* The caller has the isolate. `host_lock_held` tells whether it holds the host lock too; `token` is for
 * acquiring it, if not. */
void runtime_enter(jsrun_runtime *runtime, jsrun_entry *entry, bool host_lock_held, void *token);
void runtime_leave(jsrun_entry *entry);
/* The end of runtime->engine. With the isolate lock and without an entry. */
void runtime_dispose_engine(jsrun_runtime *runtime);
/* The last act of the runtime thread: what is left of an isolate that has died on it, when the thread that stays there has
 * moved out. Does nothing if there is none. */
void runtime_free_dead_engine(jsrun_runtime *runtime);

/* The host lock, around what takes time and around the host's code. Return who had it before. */
host_lock entry_release_host(jsrun_entry *entry);
host_lock entry_acquire_host(jsrun_entry *entry);
/* Around JavaScript: the lock is given up, at the latest when the watchdog has looked twice, unless no other thread can want it. */
host_lock entry_offer_host(jsrun_entry *entry);
/* Back to what one of the three returned. */
void entry_restore_host(jsrun_entry *entry, host_lock before);

/* Around what may run JavaScript by functions that begin a script of their own: gives the host lock up, and runs promise jobs
 * at the end, unless this is inside of a script. *before is for the second. False: the runtime has ended. (execute.c) */
bool entry_begin(jsrun_entry *entry, host_lock *before);
jsrun_status entry_end(jsrun_entry *entry, host_lock before, engine_outcome outcome);

/* What `outcome` means to the host; describes an exception, for which getters of scripts may run: without the host lock. (execute.c) */
jsrun_status entry_status_of(jsrun_entry *entry, engine_outcome outcome);

/* Tells the host of an exception that nobody waits for: the entry's last one. (execute.c) */
void runtime_report_uncaught(jsrun_entry *entry);
/* Describes `thrown`, for jsrun_entry_exception(); `message` tells where, or is NULL. Getters of scripts may run.
 * JSRUN_EXCEPTION, or why JavaScript was stopped meanwhile. (execute.c) */
jsrun_status entry_describe(jsrun_entry *entry, jsrun_value thrown, jsrun_value message);

/* --- stopping (stop.c) -------------------------------------------------------------------------------- */

/* Stops the JavaScript that runs now, if any does. runtime->lock held. */
void runtime_stop_locked(jsrun_runtime *runtime, stop_reason reason);
/* No job any more, because of `why`; stops what runs. runtime->lock held. */
void runtime_end_locked(jsrun_runtime *runtime, jsrun_status why);
/* At the end of a job: what was to stop only that job is over. With the isolate. */
void runtime_settle_stop(jsrun_runtime *runtime);
/* A client has asked for the end of the JavaScript that runs. With the isolate. */
void runtime_stop_by_client(jsrun_runtime *runtime);
/* With the isolate: whether JavaScript was asked to stop and has not been through with it. */
bool runtime_is_stopping(jsrun_runtime *runtime);
/* What a stopped execution comes to. */
JSRUN_COLD jsrun_status runtime_stop_status(jsrun_runtime *runtime);
/* Runs check_signals(); stops JavaScript and returns true if it says so. Takes the host lock itself. With the isolate. */
bool runtime_check_signals(jsrun_entry *entry);
/* How often a thread of the host's that waits, or is paused, lets the host look at its signals. */
#define SIGNAL_SECONDS 0.05
/* The same for a thread that waits without the host lock. True: stop waiting. runtime->lock held; given up meanwhile. */
bool runtime_check_signals_locked(jsrun_runtime *runtime, void **token);
/* Has `what` done by the thread that runs JavaScript, now or next. Any thread; engine exists. runtime->lock not held; the
 * second: held. */
JSRUN_COLD void runtime_request_interrupt(jsrun_runtime *runtime, unsigned what);
void runtime_request_interrupt_locked(jsrun_runtime *runtime, unsigned what);

/* In an interrupt of what has run for some time: stops it if nobody waits for it any more. */
void runtime_stop_abandoned(jsrun_entry *entry);
void flows_free(jsrun_runtime *runtime);

/* --- statistics (statistics.c) ------------------------------------------------------------------------- */

/* Looks at the heap. With the isolate. */
void runtime_sample_heap(jsrun_runtime *runtime);

/* Around JavaScript that no job runs. On the runtime thread, with the isolate. */
void runtime_begin_background(jsrun_runtime *runtime);
void runtime_end_background(jsrun_runtime *runtime);

/* --- deadlines (deadline.c) ----------------------------------------------------------------------------- */

/* On the way in and on the way out of an entry. */
void runtime_inherit_deadline(jsrun_entry *entry);
void runtime_drop_deadline(jsrun_entry *entry);
/* After a pause of so many seconds. With the isolate. */
void runtime_extend_deadlines(jsrun_entry *innermost, double seconds);
/* Stops what runs if its deadline has passed, else returns that. The watchdog's, while an engine exists. */
double runtime_enforce_deadline(jsrun_runtime *runtime, double now);

/* --- jobs (jobs.c, thread.c, host_call.c) --------------------------------------------------------------- */

typedef struct host_request {
    void *prepared;
    bool done;
} host_request;

/* A job that waits for, or runs on, the runtime thread. */
struct call {
    call *next;
    call *outer; /* of running_call: what it is nested in */
    jsrun_job job;
    jsrun_job_cancelled cancelled;
    void *data;
    const void *thread; /* whose caller waits; NULL for a posted job, which is on the heap */
    bool without_host;  /* called with the isolate alone */
    enum { CALL_QUEUED, CALL_RUNNING, CALL_DONE } state;
    jsrun_status status;
    host_request *request; /* a host function that the waiting caller is to perform */
};

/* Runs the job now if that takes no wait for others. Host lock held, given up and taken again. False: it has not run. */
bool runtime_try_run(jsrun_runtime *runtime, jsrun_job job, void *data);

/* Starts the runtime thread if there is none. runtime->lock held. */
bool runtime_thread_start_locked(jsrun_runtime *runtime);
bool runtime_thread_ensure(jsrun_runtime *runtime); /* lock not held */
bool runtime_thread_is_this(jsrun_runtime *runtime);
/* Runs `item` on the runtime thread, which has the isolate and not the host lock. One that was posted is freed. */
void runtime_run_call(jsrun_runtime *runtime, call *item, void **token);
/* Takes every queued job off the queue; they end with `why`. Without runtime->lock and host lock; takes
 * the host lock, by *token, for those that were posted. */
void runtime_cancel_calls(jsrun_runtime *runtime, jsrun_status why, void **token);
/* True if this thread performs a host function for the job that the runtime thread runs. lock held. */
bool runtime_performs_here_locked(jsrun_runtime *runtime);

/* --- sessions (session.c, pause.c, debugger.c) -------------------------------------------------------------- */

typedef enum served {
    SERVED_NONE, /* nothing was there */
    SERVED_MESSAGE,
    /* Runtime.terminateExecution: with JavaScript beneath, runtime_stop_by_client() is due. V8's inspector must not
     * be called before that, since it aborts the process when a termination meets it. */
    SERVED_TERMINATION,
} served;

/* Handles what clients have sent: all there is, or up to a termination. With the isolate, without the host lock. */
served runtime_serve_sessions(jsrun_runtime *runtime);
/* The same in a function of the host's that JavaScript of the runtime has called, on this thread, which may have entered other
 * isolates since. Stops that JavaScript if a client says so. */
void runtime_serve_in_host_call(jsrun_runtime *runtime, void **token);
/* Only the next message. */
served runtime_serve_one(jsrun_runtime *runtime);
/* Whether there is a message that may be handled now. runtime->lock held; for the isolate's holder. */
bool runtime_has_messages_locked(jsrun_runtime *runtime);
/* A pause begins, or has ended: messages on the stack do not hold later ones back meanwhile. With the isolate. */
void runtime_suspend_messages(jsrun_runtime *runtime, bool suspend);
/* For how long JavaScript has been paused so far. lock held. */
double runtime_paused_seconds_locked(jsrun_runtime *runtime);
/* They begin, and are over, unless another pause or wait goes on. lock held. */
void runtime_begin_paused_time_locked(jsrun_runtime *runtime);
void runtime_end_paused_time_locked(jsrun_runtime *runtime);
/* Schedules the pause that break_on_start, or a client while nothing ran, has asked for. With the isolate. */
void runtime_pause_on_start(jsrun_runtime *runtime);
/* The first of them for JavaScript that is under way: pauses it. In an interrupt. */
void runtime_break_now(jsrun_runtime *runtime);
/* Pauses JavaScript that is on the stack, if a client debugs. `reason` and `details` (JSON) are for debuggers. With the
 * isolate. */
void runtime_break_here(jsrun_runtime *runtime, const char *reason, const char *details);
/* Stops JavaScript if that was requested. With the isolate, without the host lock. */
void runtime_pause_on_request(jsrun_runtime *runtime);
/* JavaScript is about to go on after a host function: does what was asked meanwhile, and only now can be done. With the isolate,
 * without the host lock. */
void runtime_catch_up_after_host_call(jsrun_entry *entry);
/* Has V8 lose the sessions that have left. With the isolate, on a thread that has nothing of V8's on its stack. */
void runtime_free_detached_sessions(jsrun_runtime *runtime);
/* Tells every client that the runtime has closed, and detaches it from V8. With the isolate entered. */
void runtime_close_sessions(jsrun_runtime *runtime);

/* --- closing (close.c) --------------------------------------------------------------------------------- */

/* Finishes a close that was begun inside a job of this thread's; does nothing if there is none. Without
 * the isolate and the host lock. */
void runtime_finish_deferred_close(jsrun_runtime *runtime, void **token);
/* The same on the runtime thread, before it leaves the host; true if it was the one to do it, which it then
 * makes known, as its last act, by the second function. */
bool runtime_close_on_thread(jsrun_runtime *runtime, void **token);
void runtime_closed_on_thread(jsrun_runtime *runtime);

#endif
