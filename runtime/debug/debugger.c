/* Whether a debugger is attached, and waiting for one. */
#include <math.h>

#include "base/threads.h"
#include "core/calls.h"
#include "core/deadline.h"
#include "core/process.h"
#include "core/runtime_state.h"
#include "core/scripts.h"
#include "core/session_state.h"
#include "core/stop.h"
#include "debug/pause.h"
#include "debug/serve.h"
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

void jsrun_runtime_inspect(jsrun_runtime *runtime) {
    if (runtime_check_process(runtime) != JSRUN_OK) return;
    pthread_mutex_lock(&runtime->lock);
    if (runtime->engine) runtime_request_interrupt_locked(runtime, INTERRUPT_FOR_INSPECTOR);
    pthread_mutex_unlock(&runtime->lock);
}

/* --- no job runs before a debugger says so --------------------------------------------------- */

static void stop_waiting(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    atomic_fetch_and(&runtime->holds, ~(unsigned)HOLD_WAITING);
    runtime_finish_paused_time_locked(runtime);
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
}

static void note_ready(jsrun_session *session) {
    if (!session) return;
    pthread_mutex_lock(&session->runtime->lock);
    session->ready = true;
    pthread_mutex_unlock(&session->runtime->lock);
}

void runtime_debugger_ready(jsrun_runtime *runtime) {
    note_ready(runtime->holder.dispatched);
    stop_waiting(runtime);
    /* JavaScript that was running when the wait started has no start to break on. */
    if (runtime_script_depth(runtime) > 0 && atomic_load(&runtime->asked.break_on_start))
        runtime_request_interrupt(runtime, INTERRUPT_FOR_BREAK);
}

void jsrun_runtime_wait_for_debugger(jsrun_runtime *runtime, bool break_on_start) {
    if (runtime_check_process(runtime) != JSRUN_OK) return;
    pthread_mutex_lock(&runtime->lock);
    if (break_on_start) atomic_store(&runtime->asked.break_on_start, true);
    atomic_fetch_or(&runtime->holds, HOLD_WAITING);
    runtime_start_paused_time_locked(runtime);
    pthread_mutex_unlock(&runtime->lock);
}

void jsrun_runtime_stop_waiting(jsrun_runtime *runtime) {
    if (runtime_check_process(runtime) != JSRUN_OK) return;
    atomic_store(&runtime->asked.break_on_start, false);
    stop_waiting(runtime);
}

bool jsrun_runtime_is_waiting_for_debugger(jsrun_runtime *runtime) {
    return atomic_load(&runtime->holds) & HOLD_WAITING;
}

/* --- a thread waits for one ------------------------------------------------------------------ */

static bool is_ready_locked(jsrun_runtime *runtime) {
    for (jsrun_session *session = runtime->locked.sessions.first; session; session = session->next)
        if (session->ready && !session->leaving) return true;
    return false;
}

/* Serves the clients if this thread has the isolate: no other thread can. `lock` held; released
 * meanwhile. */
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

/* This wait is part of a job, whose clock stands still meanwhile, as in a pause. `lock` held. */
static void stop_clock_locked(jsrun_runtime *runtime) {
    atomic_fetch_add(&runtime->stopped_clocks, 1);
    runtime_start_paused_time_locked(runtime);
}

/* Returns the deadline of the innermost job. */
static double start_clock_locked(jsrun_runtime *runtime, double seconds) {
    jsrun_entry *entry = atomic_load(&runtime->inside.current);
    runtime_extend_deadlines(entry, seconds);
    atomic_fetch_sub(&runtime->stopped_clocks, 1);
    runtime_finish_paused_time_locked(runtime);
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
