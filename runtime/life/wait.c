/* A caller waits for a promise, without the isolate and the host lock. */
#include <stdlib.h>

#include "base/threads.h"
#include "core/deadline.h"
#include "core/flows.h"
#include "core/runtime_state.h"
#include "core/scripts.h"
#include "core/stop.h"
#include "debug/pause.h"
#include "jsrun/promise.h"
#include "services/services.h"

/* The waiting thread and the watch of the promise share it. Under `lock`. */
struct jsrun_wait {
    jsrun_status status;
    bool settled;
    uint32_t flow;  /* whose promise it is */
    bool abandoned; /* the thread waits no more: whoever settles frees */
};

static void settled(jsrun_entry *entry, void *data, jsrun_status status, jsrun_value value) {
    jsrun_wait *wait = data;
    jsrun_runtime *runtime = entry->runtime;
    (void)value; /* the waiting thread asks the promise itself */
    pthread_mutex_lock(&runtime->lock);
    bool abandoned = wait->abandoned;
    wait->settled = true;
    wait->status = status == JSRUN_EXCEPTION ? JSRUN_OK : status;
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
    if (abandoned) free(wait);
}

/* Makes the runtime thread look again whether anything goes on: this job may have started something
 * since, such as a compilation in V8's own threads. */
static void look_again(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    runtime->locked.thread.idle = false;
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
}

jsrun_status jsrun_wait_start(jsrun_entry *entry, jsrun_value promise, jsrun_wait **result) {
    uint32_t number;
    /* JavaScript that waits for this job is on the stack: promise jobs cannot run. */
    if (entry->outer || entry->runtime->inside.script_depth) return JSRUN_STUCK;
    jsrun_wait *wait = calloc(1, sizeof *wait);
    if (!wait) return JSRUN_NO_MEMORY;
    jsrun_status status = jsrun_promise_watch(entry, promise, settled, wait, &number);
    if (status == JSRUN_OK) {
        look_again(entry->runtime);
        wait->flow = flow_keep(entry);
        *result = wait;
    } else {
        free(wait);
    }
    return status;
}

/* Whether anything goes on, or will start by itself, that may settle a promise. `lock` held. */
static bool may_go_on_locked(jsrun_runtime *runtime, bool operations_count) {
    return !runtime->locked.thread.idle || runtime->locked.calls.first ||
           runtime->locked.timer_due || runtime->tasks.posted || runtime->locked.promises_settled ||
           runtime->locked.inbound.first || atomic_load(&runtime->inside.current) ||
           (operations_count && atomic_load(&runtime->services->promises.operations));
}

static jsrun_status await_locked(jsrun_runtime *runtime, jsrun_wait *wait, jsrun_limit *limit,
                                 bool operations_count, void **token) {
    bool limited = limit && limit->seconds > 0;
    double next_check = thread_now() + SIGNAL_SECONDS;
    double paused = runtime_paused_seconds_locked(runtime);
    while (!wait->settled) {
        if (limited) limit_move_locked(runtime, limit, &paused);
        double now = thread_now();
        if (runtime->locked.end_status != JSRUN_OK) return runtime->locked.end_status;
        /* First: what could have settled it may have been stopped for that very reason. */
        if (limited && now >= limit->until) return JSRUN_TIMED_OUT;
        if (!may_go_on_locked(runtime, operations_count)) return JSRUN_STUCK;
        if (now >= next_check) {
            if (runtime_check_signals_locked(runtime, token)) return JSRUN_INTERRUPTED;
            next_check = thread_now() + SIGNAL_SECONDS;
            continue;
        }
        double until = limited && limit->until < next_check ? limit->until : next_check;
        thread_wait_for(&runtime->changed, &runtime->lock, until - now);
    }
    return wait->status;
}

jsrun_status jsrun_wait_finish(jsrun_runtime *runtime, jsrun_wait *wait, jsrun_limit *limit,
                               bool operations_count) {
    /* The runtime may be closed and released during the wait. */
    runtime_retain(runtime);
    void *token = runtime->host.release(runtime->host.data);
    pthread_mutex_lock(&runtime->lock);
    waiter waiter = {.for_promise = true};
    waiter_add_locked(runtime, &waiter, limit);
    runtime->locked.waiters++;
    jsrun_status status = await_locked(runtime, wait, limit, operations_count, &token);
    runtime->locked.waiters--;
    waiter_remove_locked(runtime, &waiter);
    pthread_mutex_unlock(&runtime->lock);
    bool gives_up = status == JSRUN_TIMED_OUT || status == JSRUN_INTERRUPTED;
    if (gives_up) flow_finish(runtime, wait->flow, true);
    jsrun_wait_cancel(runtime, wait);
    runtime->host.acquire(runtime->host.data, token);
    jsrun_runtime_release(runtime);
    return status;
}

void jsrun_wait_cancel(jsrun_runtime *runtime, jsrun_wait *wait) {
    flow_finish(runtime, wait->flow, false);
    pthread_mutex_lock(&runtime->lock);
    bool done = wait->settled;
    wait->abandoned = true;
    pthread_mutex_unlock(&runtime->lock);
    if (done) free(wait);
}
