/* JavaScript is paused in the debugger. */
#include "debug/pause.h"

#include "base/threads.h"
#include "core/deadline.h"
#include "core/heap_sample.h"
#include "core/host_lock.h"
#include "core/process.h"
#include "core/runtime_state.h"
#include "core/stop.h"
#include "core/thread.h"
#include "debug/serve.h"
#include "jsrun/promise.h"
#include "v8/embedder.h"

/* --- the clock ------------------------------------------------------------------------------- */

/* The clock stands still in a pause and in a wait for a debugger; the two may overlap. */
void runtime_start_paused_time_locked(jsrun_runtime *runtime) {
    if (!runtime->locked.paused.since) runtime->locked.paused.since = thread_now();
}

void runtime_finish_paused_time_locked(jsrun_runtime *runtime) {
    bool waiting = atomic_load(&runtime->holds) & HOLD_WAITING;
    if (!runtime->locked.paused.since || waiting || atomic_load(&runtime->inside.paused) ||
        atomic_load(&runtime->stopped_clocks))
        return;
    runtime->locked.paused.seconds += thread_now() - runtime->locked.paused.since;
    runtime->locked.paused.since = 0;
}

double jsrun_runtime_paused_seconds(jsrun_runtime *runtime) {
    if (runtime_check_process(runtime) != JSRUN_OK) return 0;
    pthread_mutex_lock(&runtime->lock);
    double seconds = runtime_paused_seconds_locked(runtime);
    pthread_mutex_unlock(&runtime->lock);
    return seconds;
}

/* --- a pause --------------------------------------------------------------------------------- */

static bool pause_is_over_locked(jsrun_runtime *runtime) {
    return runtime->locked.paused.over || runtime->locked.sessions.count == 0 ||
           atomic_load(&runtime->stop) != STOP_NONE;
}

/* Waits for something to do. A thread of the host also lets the host look at its signals. `lock`
 * held. */
static void await_client_locked(jsrun_runtime *runtime, jsrun_entry *entry, double *next_check) {
    if (runtime_thread_is_this(runtime)) { /* its caller, which waits, does that */
        pthread_cond_wait(&runtime->changed, &runtime->lock);
        return;
    }
    double left = *next_check - thread_now();
    if (left > 0) {
        thread_wait_for(&runtime->changed, &runtime->lock, left);
        return;
    }
    pthread_mutex_unlock(&runtime->lock);
    runtime_check_signals(entry);
    pthread_mutex_lock(&runtime->lock);
    *next_check = thread_now() + SIGNAL_SECONDS;
}

void runtime_pause(jsrun_runtime *runtime) {
    jsrun_entry *entry = atomic_load_explicit(&runtime->inside.current, memory_order_relaxed);
    host_lock before = entry_release_host(entry);
    double began = thread_now();
    double next_check = began + SIGNAL_SECONDS;
    runtime->holder.pauses++;
    runtime_suspend_messages(runtime, true);
    runtime_sample_heap(runtime); /* it cannot be measured while it is paused */
    pthread_mutex_lock(&runtime->lock);
    runtime->locked.paused.over = false;
    atomic_store(&runtime->inside.paused, true);
    runtime_start_paused_time_locked(runtime);
    pthread_cond_broadcast(&runtime->changed);
    while (!pause_is_over_locked(runtime)) {
        if (!runtime_has_messages_locked(runtime)) {
            await_client_locked(runtime, entry, &next_check);
            continue;
        }
        pthread_mutex_unlock(&runtime->lock);
        served what = runtime_serve_one(runtime); /* this message may end the pause */
        if (what == SERVED_TERMINATION) runtime_stop_by_client(runtime);
        pthread_mutex_lock(&runtime->lock);
    }
    runtime_extend_deadlines(entry, thread_now() - began);
    atomic_store(&runtime->inside.paused, false);
    runtime_finish_paused_time_locked(runtime);
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
    runtime_suspend_messages(runtime, false);
    process_watch_until(entry->deadline);
    entry_restore_host(entry, before);
}

void runtime_end_pause(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    runtime->locked.paused.over = true;
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
}

bool jsrun_runtime_is_paused(jsrun_runtime *runtime) {
    return atomic_load(&runtime->inside.paused);
}
