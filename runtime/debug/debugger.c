/* Whether a debugger is there, and what the host asks of it. */
#include <math.h>

#include "core/process.h"
#include "core/session.h"
#include "base/threads.h"
#include "v8/embedder.h"

bool jsrun_runtime_is_debugged(jsrun_runtime *runtime) {
    if (runtime_check_process(runtime) != JSRUN_OK) return false;
    bool debugged = false;
    pthread_mutex_lock(&runtime->lock);
    for (jsrun_session *session = runtime->locked.sessions.first; session; session = session->next)
        debugged = debugged || !session->leaving;
    pthread_mutex_unlock(&runtime->lock);
    return debugged;
}

/* --- pausing -------------------------------------------------------------------------------------------- */

bool jsrun_runtime_request_pause(jsrun_runtime *runtime) {
    if (runtime_check_process(runtime) != JSRUN_OK) return false;
    pthread_mutex_lock(&runtime->lock);
    atomic_store(&runtime->asked.pause, true);
    bool asked = runtime->locked.phase == OPEN && session_enqueue_locked(runtime, INBOUND_PAUSE);
    if (!asked) atomic_store(&runtime->asked.pause, false);
    pthread_mutex_unlock(&runtime->lock);
    return asked;
}

/* Only the isolate's holder, this thread, takes sessions off the list. */
static jsrun_session *first_session(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    jsrun_session *session = runtime->locked.sessions.first;
    pthread_mutex_unlock(&runtime->lock);
    return session;
}

static bool can_pause(const jsrun_session *session) {
    return session->engine_session && !session->detached;
}

/* What V8 was asked while no JavaScript was on the stack it forgets when the isolate is left: it is asked again when
 * the next one begins. */
void runtime_note_pause_request(jsrun_session *session) {
    jsrun_runtime *runtime = session->runtime;
    if (runtime_is_in_host_call(runtime)) runtime->holder.pause_after_host_call = true;
    if (runtime_script_depth(runtime) > 0) return;
    session->pause_on_next = runtime->holder.pause_on_next = true;
}

void runtime_pause_on_request(jsrun_runtime *runtime) {
    if (runtime_is_in_host_call(runtime)) return; /* when it returns */
    if (!atomic_exchange(&runtime->asked.pause, false)) return;
    bool asked = false;
    for (jsrun_session *at = first_session(runtime); at; at = at->next) {
        if (!can_pause(at)) continue;
        runtime_note_pause_request(at);
        /* V8 would pause once for each: one whose debugger is on is enough, all of them are told. */
        if (!asked) asked = session_command(at, "{\"id\":0,\"method\":\"Debugger.pause\"}");
    }
}

/* A client may have come while the function ran, and V8 looks for interrupts where the next function is entered: a pause that was
 * asked for would come too late. */
void runtime_catch_up_after_host_call(jsrun_entry *entry) {
    jsrun_runtime *runtime = entry->runtime;
    unsigned pauses = runtime->holder.pauses;
    runtime->holder.pause_after_host_call = false;
    engine_look_for_interrupts(entry);
    if (atomic_exchange(&runtime->asked.pause, false) && runtime->holder.pauses == pauses)
        runtime_break_here(runtime, "other", "{}");
}

/* --- waiting -------------------------------------------------------------------------------------------- */

void session_note_ready(jsrun_session *session) {
    if (!session) return;
    pthread_mutex_lock(&session->runtime->lock);
    session->ready = true;
    pthread_mutex_unlock(&session->runtime->lock);
}

static bool is_ready_locked(jsrun_runtime *runtime) {
    for (jsrun_session *session = runtime->locked.sessions.first; session; session = session->next)
        if (session->ready && !session->leaving) return true;
    return false;
}

/* Nobody else can serve the clients while this thread has the isolate. lock held; given up meanwhile. */
static bool serve_locked(jsrun_runtime *runtime, void **token) {
    if (!isolate_lock_is_mine(&runtime->isolate) || !runtime_has_messages_locked(runtime))
        return false;
    pthread_mutex_unlock(&runtime->lock);
    runtime_serve_in_host_call(runtime, token);
    pthread_mutex_lock(&runtime->lock);
    return true;
}

static jsrun_status await_ready_locked(jsrun_runtime *runtime, double until, void **token) {
    double next_check = thread_now() + SIGNAL_SECONDS;
    while (!is_ready_locked(runtime)) {
        double now = thread_now();
        if (runtime->locked.end_status != JSRUN_OK) return runtime->locked.end_status;
        if (now >= until) return JSRUN_TIMED_OUT;
        if (serve_locked(runtime, token)) continue;
        if (now >= next_check) {
            if (runtime_check_signals_locked(runtime, token)) return JSRUN_INTERRUPTED;
            next_check = thread_now() + SIGNAL_SECONDS;
        } else {
            double nearer = next_check < until ? next_check : until;
            thread_wait_for(&runtime->changed, &runtime->lock, nearer - now);
        }
    }
    return JSRUN_OK;
}

/* For a job that this wait is part of the clock stands still, as in a pause. lock held. */
static void stop_clock_locked(jsrun_runtime *runtime) {
    atomic_fetch_add(&runtime->stopped_clocks, 1);
    runtime_begin_paused_time_locked(runtime);
}

/* Returns when the innermost job is late. */
static double start_clock_locked(jsrun_runtime *runtime, double seconds) {
    jsrun_entry *entry = atomic_load(&runtime->inside.current);
    runtime_extend_deadlines(entry, seconds);
    atomic_fetch_sub(&runtime->stopped_clocks, 1);
    runtime_end_paused_time_locked(runtime);
    return entry->deadline;
}

jsrun_status jsrun_runtime_await_debugger(jsrun_runtime *runtime, double seconds) {
    if (runtime_check_process(runtime) != JSRUN_OK) return JSRUN_FORKED;
    double began = thread_now();
    double deadline = INFINITY;
    void *token = runtime->host.release(runtime->host.data);
    pthread_mutex_lock(&runtime->lock);
    bool in_job = isolate_lock_is_mine(&runtime->isolate) || runtime_performs_here_locked(runtime);
    if (in_job) stop_clock_locked(runtime);
    double until = seconds < 0 ? INFINITY : began + seconds;
    jsrun_status status = await_ready_locked(runtime, until, &token);
    if (in_job) deadline = start_clock_locked(runtime, thread_now() - began);
    pthread_mutex_unlock(&runtime->lock);
    process_watch_until(deadline);
    runtime->host.acquire(runtime->host.data, token);
    return status;
}
