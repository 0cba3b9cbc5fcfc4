#include "core/stop.h"

#include <math.h>

#include "base/threads.h"
#include "core/flows.h"
#include "core/host_lock.h"
#include "core/runtime_state.h"
#include "v8/engine_run.h"
#include "core/turns.h"

/* Around a call of V8 that takes V8's lock. V8 holds that lock also when it posts a task, and then
 * runtime_tasks_posted() wants `lock`. So that function does not wait while the holder of `lock` is
 * in V8; leave_v8_locked() does its work instead. `lock` held. */
static void enter_v8_locked(jsrun_runtime *runtime) { atomic_fetch_add(&runtime->tasks.in_v8, 1); }

static void leave_v8_locked(jsrun_runtime *runtime) {
    atomic_fetch_sub(&runtime->tasks.in_v8, 1);
    if (atomic_load(&runtime->tasks.posted)) pthread_cond_broadcast(&runtime->changed);
}

void runtime_request_interrupt_locked(jsrun_runtime *runtime, unsigned what) {
    enter_v8_locked(runtime);
    runtime_request_interrupt(runtime, what);
    leave_v8_locked(runtime);
}

void runtime_request_interrupt(jsrun_runtime *runtime, unsigned what) {
    unsigned before = atomic_fetch_or(&runtime->asked.interrupts, what);
    /* V8 has one request at a time: that one serves everything that is asked for before it is
     * done. */
    if (before == 0) engine_request_interrupt(runtime->engine);
}

void runtime_stop_locked(jsrun_runtime *runtime, stop_reason reason) {
    if (atomic_load(&runtime->stop) == STOP_NONE || reason == STOP_ENDED)
        atomic_store(&runtime->stop, reason);
    /* The reason is stored before this look at `current`. A thread that leaves clears `current`
     * first and then looks at the reason. So the request cannot outlive the job that it was meant
     * for. */
    thread_fence_seldom();
    if (atomic_load(&runtime->inside.current)) {
        enter_v8_locked(runtime);
        engine_terminate(runtime->engine);
        leave_v8_locked(runtime);
    } else if (reason != STOP_ENDED) {
        atomic_store(&runtime->stop, STOP_NONE);
    }
    pthread_cond_broadcast(&runtime->changed);
}

void runtime_end_locked(jsrun_runtime *runtime, jsrun_status why) {
    if (runtime->locked.end_status == JSRUN_OK || why == JSRUN_CLOSED)
        runtime->locked.end_status = why;
    atomic_fetch_or(&runtime->holds, HOLD_ENDED);
    if (runtime->engine) runtime_stop_locked(runtime, STOP_ENDED);
    pthread_cond_broadcast(&runtime->changed);
}

void runtime_settle_stop(jsrun_runtime *runtime) {
    if (atomic_load(&runtime->stop) == STOP_NONE) return;
    pthread_mutex_lock(&runtime->lock);
    if (atomic_load(&runtime->stop) != STOP_ENDED) atomic_store(&runtime->stop, STOP_NONE);
    /* Also at the runtime's end: V8 must not be stopped while it shuts the isolate down. */
    enter_v8_locked(runtime);
    engine_cancel_terminate(runtime->engine);
    leave_v8_locked(runtime);
    /* The job that this one was nested in may be late as well. */
    if (runtime_deadline_locked(runtime) <= thread_now())
        runtime_stop_locked(runtime, STOP_TIMED_OUT);
    pthread_mutex_unlock(&runtime->lock);
}

void runtime_stay_stopped(jsrun_runtime *runtime, stop_reason reason) {
    pthread_mutex_lock(&runtime->lock);
    if (atomic_load(&runtime->stop) != STOP_ENDED) atomic_store(&runtime->stop, reason);
    enter_v8_locked(runtime);
    engine_cancel_terminate(runtime->engine);
    leave_v8_locked(runtime);
    pthread_mutex_unlock(&runtime->lock);
}

jsrun_status runtime_stop_status(jsrun_runtime *runtime) {
    switch (atomic_load(&runtime->stop)) {
    case STOP_NONE:
    case STOP_BY_CLIENT:
        return JSRUN_STOPPED;
    case STOP_INTERRUPTED:
        return JSRUN_INTERRUPTED;
    case STOP_TIMED_OUT:
        return JSRUN_TIMED_OUT;
    case STOP_ENDED:
        break;
    }
    pthread_mutex_lock(&runtime->lock);
    jsrun_status status = runtime->locked.end_status;
    pthread_mutex_unlock(&runtime->lock);
    return status;
}

bool runtime_check_signals(jsrun_entry *entry) {
    jsrun_runtime *runtime = entry->runtime;
    host_lock before = entry_acquire_host(entry);
    bool stop = runtime->host.check_signals(runtime->host.data);
    entry_restore_host(entry, before);
    if (!stop) return false;
    pthread_mutex_lock(&runtime->lock);
    runtime_stop_locked(runtime, STOP_INTERRUPTED);
    pthread_mutex_unlock(&runtime->lock);
    return true;
}

bool runtime_check_signals_locked(jsrun_runtime *runtime, void **token) {
    const jsrun_host *host = &runtime->host;
    pthread_mutex_unlock(&runtime->lock);
    host->acquire(host->data, *token);
    bool stop = host->check_signals(host->data);
    *token = host->release(host->data);
    pthread_mutex_lock(&runtime->lock);
    return stop;
}

void runtime_stop_by_client(jsrun_runtime *runtime) {
    engine_cancel_terminate(
        runtime->engine); /* V8's own termination: it must not reach V8's inspector */
    pthread_mutex_lock(&runtime->lock);
    runtime_stop_locked(runtime, STOP_BY_CLIENT);
    pthread_mutex_unlock(&runtime->lock);
}

void jsrun_entry_interrupt(jsrun_entry *entry) {
    jsrun_runtime *runtime = entry->runtime;
    pthread_mutex_lock(&runtime->lock);
    runtime_stop_locked(runtime, STOP_INTERRUPTED);
    pthread_mutex_unlock(&runtime->lock);
    /* V8 notices a termination only where a function is entered or a loop repeats: a `catch`
     * without either would still run. */
    engine_unwind(entry);
}

void jsrun_interrupt(jsrun_runtime *runtime, const void *data) {
    if (runtime_check_process(runtime) != JSRUN_OK) return;
    pthread_mutex_lock(&runtime->lock);
    call *at = runtime->locked.calls.running;
    while (at && (at->thread || at->data != data)) at = at->outer;
    if (at) runtime_stop_locked(runtime, STOP_INTERRUPTED);
    pthread_mutex_unlock(&runtime->lock);
}

void jsrun_runtime_terminate(jsrun_runtime *runtime) {
    if (runtime_check_process(runtime) != JSRUN_OK) return;
    pthread_mutex_lock(&runtime->lock);
    /* Callers are told the first reason. */
    if (runtime->locked.end_status == JSRUN_OK) runtime_end_locked(runtime, JSRUN_TERMINATED);
    pthread_mutex_unlock(&runtime->lock);
}

/* --- what has run for too long -------------------------------------------------------------- */

static bool is_late_locked(jsrun_runtime *runtime) {
    return runtime_deadline_locked(runtime) <= thread_now();
}

/* Stops what runs if `holds` is true of it. */
static void stop_if_locked(jsrun_runtime *runtime, stop_reason reason,
                           bool (*holds)(jsrun_runtime *runtime)) {
    if (!holds(runtime)) return;
    stop_reason before = atomic_load(&runtime->stop);
    if (before == STOP_NONE) atomic_store(&runtime->stop, reason);
    /* The reason is stored before this look. A thread that leaves says so first (it stores the
     * outer deadline, or ends the turn) and then looks at the reason. So no job is stopped for
     * another one that has just ended. */
    thread_fence_seldom();
    if (holds(runtime))
        runtime_stop_locked(runtime, reason);
    else if (before == STOP_NONE)
        atomic_store(&runtime->stop, STOP_NONE);
}

double runtime_enforce_deadline(jsrun_runtime *runtime, double now) {
    if (atomic_load(&runtime->inside.paused) || atomic_load(&runtime->stopped_clocks))
        return INFINITY; /* the clock stands still */
    double deadline = fmin(atomic_load(&runtime->inside.deadline), turn_over_at_first(runtime));
    if (deadline > now) return deadline;
    pthread_mutex_lock(&runtime->lock);
    stop_if_locked(runtime, STOP_TIMED_OUT, is_late_locked);
    deadline = runtime_deadline_locked(runtime);
    pthread_mutex_unlock(&runtime->lock);
    /* If it goes on nevertheless, the next tick repeats this. */
    return deadline <= now ? INFINITY : deadline;
}

void runtime_stop_turn_locked(jsrun_runtime *runtime) {
    stop_if_locked(runtime, STOP_INTERRUPTED, turn_is_in_the_way_locked);
}

void runtime_stop_abandoned(jsrun_entry *entry) {
    jsrun_runtime *runtime = entry->runtime;
    pthread_mutex_lock(&runtime->lock);
    if (flow_is_given_up_locked(entry)) runtime_stop_locked(runtime, STOP_INTERRUPTED);
    pthread_mutex_unlock(&runtime->lock);
}
