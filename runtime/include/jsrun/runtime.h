/* A runtime: one V8 isolate with its default context, its runtime thread and its inspector.
 *
 * The host is the program that embeds the runtime. It may own one lock (CPython's GIL) that has to
 * be held for its own objects; the library releases it while JavaScript runs or while it waits, and
 * takes it back before it calls the host. Lock order: isolate, then host lock. A thread that holds
 * the host lock never blocks on an isolate: the library lets go of the host lock first.
 *
 * Unless a function says otherwise it may be called by any thread, that thread holds the host lock,
 * and the function may release the host lock for a while. */
#ifndef JSRUN_RUNTIME_H
#define JSRUN_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jsrun/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct jsrun_runtime jsrun_runtime;
struct jsrun_session;

/* The right to use a runtime's isolate while one job runs. Never kept beyond the job. */
typedef struct jsrun_entry jsrun_entry;

/* A JavaScript value. Valid until the scope that it was made in ends: the job's, or an inner
 * jsrun_scope. Never kept beyond it, never used with another entry. */
typedef struct jsrun_value_slot *jsrun_value;

/* A call of a host function by JavaScript. Lives as long as the call. */
typedef struct jsrun_call_info {
    uint32_t function;            /* the number given to jsrun_host_function_new() */
    jsrun_value receiver;         /* `this` */
    const jsrun_value *arguments; /* `argument_count` of them */
    size_t argument_count;
    /* What the function returns. `result` NULL means undefined. `is_exception`: `result` is
     * thrown instead of returned. */
    jsrun_value result;
    bool is_exception;
    /* If not NULL, JavaScript pauses in the debugger before the function is performed. The text,
     * JSON, tells debuggers why. Set by prepare, from malloc(); the library frees it. */
    char *pause;
} jsrun_call_info;

/* The host's half of the contract. All functions are called without any lock of the library held.
 * The structure is copied by jsrun_runtime_new(); `data` has to last until jsrun_runtime_close()
 * has returned outside of a job, or jsrun_runtime_release().
 *
 * Each pair may be NULL: release and acquire in a host that has no lock, attach_thread and
 * detach_thread in one that does not register threads, and check_signals. prepare, perform and
 * finish may be NULL in a host that makes no functions; perform and finish may be NULL if prepare
 * always returns NULL. */
typedef struct jsrun_host {
    void *data;
    /* Releases the host lock, which the calling thread holds; returns a token for acquire. */
    void *(*release)(void *data);
    /* Takes the host lock again, on the thread that released it. */
    void (*acquire)(void *data, void *token);
    /* Whether no other thread can want the host lock now. Then it is kept while JavaScript runs,
     * which is faster, until that has taken some time or the host's code has run. With the host
     * lock. NULL: another thread may always want it. */
    bool (*is_alone)(void *data);
    /* Registers a thread of the library with the host; returns a token for the first acquire on
     * that thread. The host lock is not held, neither before nor after. */
    void *(*attach_thread)(void *data);
    /* Undoes attach_thread, on the same thread. The host lock is not held, neither before nor
     * after. */
    void (*detach_thread)(void *data, void *token);
    /* Runs pending signal handlers, if this thread is the one that may. Host lock held. True means
     * stop: the job that waits or runs ends with JSRUN_INTERRUPTED. */
    bool (*check_signals)(void *data);
    /* JavaScript calls a host function, in three steps, all with the host lock held. prepare: with
     * the isolate: turns the arguments into objects of the host's. Returns what perform works on.
     * NULL: there is nothing to perform, and info->result was set. */
    void *(*prepare)(void *data, jsrun_entry *entry, jsrun_call_info *info);
    /* perform: runs the function, WITHOUT any use of an entry or a value: on the thread of the
     * caller of jsrun_run() if there is one, while the runtime thread may hold the isolate. It may
     * call jsrun_run() for this runtime. Keeps the outcome in `prepared`. */
    void (*perform)(void *data, void *prepared);
    /* finish: with the isolate: sets info->result (or calls jsrun_entry_interrupt()), and frees
     * `prepared`. Called after every prepare that returned one. */
    void (*finish)(void *data, jsrun_entry *entry, void *prepared, jsrun_call_info *info);
    /* JavaScript has dropped the function that jsrun_host_function_new() made with this number, and
     * cannot call it any more. With the isolate and the host lock, at the end of a job. It may run
     * jobs. Not for functions that JavaScript still has when the runtime closes. NULL: the host
     * does not care. */
    void (*function_dropped)(void *data, uint32_t function);
    /* The runtime is closed: none of these functions is called for it any more, except
     * detach_thread. Once, with the host lock, on the thread that has finished the close. Not in a
     * forked child. NULL: the host does not care. */
    void (*closed)(void *data);
    /* JavaScript that nobody waits for, such as a timer's function, threw what
     * jsrun_entry_exception() tells, or a promise was rejected with it and nobody has handled that
     * when the job ends; debuggers know already. With the isolate and the host lock. It may run
     * jobs. NULL: the host does not care. */
    void (*uncaught)(void *data, jsrun_entry *entry);
    /* A debugger asks for a file: `text` is a request whose method seems to be
     * Network.loadNetworkResource, IO.read or IO.close. The host answers, now or later, by
     * jsrun_session_answer(), or sends it back by jsrun_session_decline(). False: it does neither,
     * and V8 answers that there is no such method. NULL means the same. With the isolate, in the
     * middle of whatever JavaScript does; it must not run any. */
    bool (*request)(void *data, struct jsrun_session *session, const char *text, size_t length);
    /* A session whose jsrun_session_host_data() was set ends: nobody waits for answers. With the
     * isolate; once. */
    void (*requests_end)(void *data, struct jsrun_session *session);
} jsrun_host;

typedef struct jsrun_runtime_options {
    const jsrun_host *host; /* NULL: a host without any functions */
    /* Bytes; 0 leaves it to V8. */
    size_t heap_limit;
    size_t initial_heap;
    /* The most that ArrayBuffers and WebAssembly memories may take together; bytes, 0: no limit.
     * Beyond it JavaScript gets a RangeError. */
    size_t buffer_limit;
    /* How long JavaScript that no job runs may take at a time (a timer's function, say), unless it
     * belongs to a posted job or a wait for a promise that is not over and has a limit of its own.
     * Seconds; 0: no limit. */
    double turn_seconds;
    /* No job runs until a debugger has sent Runtime.runIfWaitingForDebugger. */
    bool wait_for_debugger;
    /* The first statement of the first job pauses. Implies wait_for_debugger. */
    bool break_on_start;
    /* Shown by debuggers as the name of the execution context. UTF-8; NULL: "jsrun". Copied. */
    const char *name;
    /* The inspector exists from the start, so that a debugger that attaches later is shown the
     * console output and the uncaught exceptions from before. Otherwise it is made for the first
     * session. */
    bool inspect;
    /* What JavaScript logs to `console` also goes to the host function `console_function`, with two
     * arguments: the level ("log", "debug", "info", "warn", "error", "trace"), and the text as
     * people expect it or, with `console_values`, an array of what was logged. */
    bool console;
    bool console_values;
    uint32_t console_function;
    /* URL, TextEncoder and the like are globals. */
    bool web_globals;
    /* Scripts may import what these two host functions find: see jsrun/modules.h. */
    bool modules;
    uint32_t resolve_function;
    uint32_t load_function;
    /* The first of three numbers of functions of the host's, for streams: see jsrun/stream.h. */
    uint32_t stream_functions;
    /* What jsrun_snapshot_check() has accepted, to start from instead of from nothing; NULL: none.
     * Not copied: it has to last as long as the runtime. */
    const void *snapshot;
    size_t snapshot_size;
    /* The runtime will become a snapshot, by jsrun_runtime_snapshot(). Its JavaScript has neither
     * WebAssembly nor FinalizationRegistry. */
    bool for_snapshot;
} jsrun_runtime_options;

/* How long something may take in all: the wait for the isolate, and the work there. The
 * time that JavaScript is stopped in the debugger, or waits for one, does not count: the functions
 * that are given a limit move it on by that. */
typedef struct jsrun_limit {
    double seconds; /* 0: there is none */
    double until;   /* the end, on the monotonic clock */
} jsrun_limit;

/* From now on; `seconds` is positive. Any thread, no lock. */
jsrun_limit jsrun_limit_start(double seconds);

/* Work inside a runtime. Called with the isolate and the host lock held, and returns with both. */
typedef void (*jsrun_job)(jsrun_entry *entry, void *data);

/* A thread leaves something in the isolates that it used last. If another thread has closed the
 * runtime since, the isolate is freed when this thread takes that away: when it ends, uses another
 * runtime, or calls this. Outside of jobs; without the host lock. */
void jsrun_thread_leave(void);
/* The same for one runtime, which another thread is about to close. Does nothing if another thread
 * is in the isolate now. Never waits; with or without the host lock. */
void jsrun_runtime_leave(jsrun_runtime *runtime);

/* A posted job that will never run, because of `why`. Host lock held. */
typedef void (*jsrun_job_cancelled)(void *data, jsrun_status why);

/* Starts V8 if this is the first runtime of the process, and makes an isolate with a context. On
 * JSRUN_OK the caller owns *runtime and ends with jsrun_runtime_close() and
 * jsrun_runtime_release(). Errors: JSRUN_NO_MEMORY; JSRUN_FORKED in a process forked after V8
 * started. */
jsrun_status jsrun_runtime_new(const jsrun_runtime_options *options, jsrun_runtime **runtime);

/* Runs `job` to its end, on this thread or (while a debugger is attached) on the runtime thread,
 * and returns when it is done. Serialised with all other jobs of the runtime; a job may run jobs
 * of the same runtime. Waits for the debugger first, if the runtime does so.
 * JSRUN_OK means that the job was run, whatever it came to; otherwise it was not run:
 * JSRUN_CLOSED, JSRUN_TERMINATED, JSRUN_HEAP_LIMIT, JSRUN_FORKED, JSRUN_NO_MEMORY, or
 * JSRUN_INTERRUPTED by check_signals() while it waited. */
jsrun_status jsrun_run(jsrun_runtime *runtime, jsrun_job job, void *data);

/* The same within a limit: the job's JavaScript is stopped when that is over, as by
 * jsrun_entry_set_deadline(), and JSRUN_TIMED_OUT says that the job was not run because the runtime
 * was busy until then. */
jsrun_status jsrun_run_within(jsrun_runtime *runtime, jsrun_limit *limit, jsrun_job job,
                              void *data);

/* From now on jobs run on the runtime thread, for good: for a host whose threads have several
 * stacks. Host functions are still performed by the threads that call. Never blocks. Host lock not
 * needed. */
void jsrun_runtime_use_thread(jsrun_runtime *runtime);

/* Whether a job of the runtime is under way on this thread, by whichever of its stacks. Never
 * blocks. Host lock not needed. */
bool jsrun_runtime_is_entered_here(jsrun_runtime *runtime);

/* Queues `job` for the runtime thread and returns at once. `cancelled` is called instead of `job`
 * if the runtime ends first. On any status but JSRUN_OK neither is ever called. */
jsrun_status jsrun_post(jsrun_runtime *runtime, jsrun_job job, jsrun_job_cancelled cancelled,
                        void *data);

/* The same for a job that is called with the isolate alone: it takes the host lock by
 * jsrun_entry_acquire_host() if it needs it, and need not let it go. So jobs that rarely need it do
 * not wait for a busy host. Its JavaScript is stopped when the limit is over; if that is before the
 * job starts, the job is cancelled with JSRUN_TIMED_OUT. What goes on under `flow` keeps to the
 * limit until jsrun_flow_finish() is called. `flow` is 0, or a number of at most 2^31 - 1 that no
 * other such job has. */
jsrun_status jsrun_post_without_host(jsrun_runtime *runtime, uint32_t flow, jsrun_limit limit,
                                     jsrun_job job, jsrun_job_cancelled cancelled, void *data);

/* Stops the job that was posted with `data`, if it runs now: its JavaScript ends with
 * JSRUN_INTERRUPTED. Does not wait. Any thread; host lock not needed. */
void jsrun_interrupt(jsrun_runtime *runtime, const void *data);

/* Stops JavaScript for good: the running job and every later one end with JSRUN_TERMINATED.
 * Ends a pause and a wait for the debugger. Does not wait. Host lock not needed. */
void jsrun_runtime_terminate(jsrun_runtime *runtime);

/* Refuses new work, stops JavaScript, ends a pause, closes sessions, cancels queued jobs, frees the
 * isolate, ends the runtime thread; returns when that is done. Idempotent. From inside a job of
 * this runtime it starts the close and returns; the end of the job completes it. */
void jsrun_runtime_close(jsrun_runtime *runtime);

/* Gives up the caller's ownership. The runtime has to be closed, unless the process was forked. */
void jsrun_runtime_release(jsrun_runtime *runtime);

/* JSRUN_OK while jobs are accepted; otherwise why not. Never blocks. Host lock not needed. */
jsrun_status jsrun_runtime_state(jsrun_runtime *runtime);

/* True while JavaScript is stopped in the debugger. Never blocks. Host lock not needed. */
bool jsrun_runtime_is_paused(jsrun_runtime *runtime);

/* True if jsrun_run() by this thread would have to wait now, for a debugger or for JavaScript that
 * runs. Never blocks. Host lock not needed. */
bool jsrun_runtime_would_wait(jsrun_runtime *runtime);

/* True while jobs are held back for a debugger. Never blocks. Host lock not needed. */
bool jsrun_runtime_is_waiting_for_debugger(jsrun_runtime *runtime);

/* From now on no job starts until a debugger has sent Runtime.runIfWaitingForDebugger; one that
 * runs goes on. `break_on_start`: what runs then pauses at its next statement. Never blocks. Host
 * lock not needed. */
void jsrun_runtime_wait_for_debugger(jsrun_runtime *runtime, bool break_on_start);

/* Ends that wait, as a debugger would. Never blocks. Host lock not needed. */
void jsrun_runtime_stop_waiting(jsrun_runtime *runtime);

/* From now on, or from the next JavaScript on, what the option `inspect` says. Never blocks. Host
 * lock not needed. */
void jsrun_runtime_inspect(jsrun_runtime *runtime);

/* `closing` is called once, when the runtime starts to close and before its sessions are told: the
 * place to stop offering the runtime to debuggers. On the closing thread, without the host lock or
 * any other. At most one watcher; NULL removes it (and waits until a call of it that is under way
 * has returned). Host lock not needed and not released: the watcher must not need it. */
void jsrun_runtime_on_close(jsrun_runtime *runtime, void (*closing)(void *data), void *data);

/* "10.2.154.26" and the like. Static storage. Any thread, no lock. */
const char *jsrun_v8_version(void);

#ifdef __cplusplus
}
#endif

#endif
