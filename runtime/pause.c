/* Stopped in the debugger, and waiting for one. */
#include "process.h"
#include "runtime.h"
#include "threads.h"
#include "v8/embedder.h"

/* How often a paused caller of the host's lets the host look at its signals. */
#define SIGNAL_SECONDS 0.05

static bool pause_is_over_locked(jsrun_runtime *runtime) {
    return runtime->end_pause || runtime->session_count == 0 ||
           atomic_load(&runtime->stop) != STOP_NONE;
}

/* Waits for something to do; lets the host look at its signals if this is a thread of the host's. lock held. */
static void await_client_locked(jsrun_runtime *runtime, jsrun_entry *entry, double *next_check) {
    if (runtime_thread_is_this(runtime)) { /* the caller that waits for this thread looks itself */
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
    jsrun_entry *entry = atomic_load_explicit(&runtime->current, memory_order_relaxed);
    bool held = entry_release_host(entry);
    double began = thread_now();
    double next_check = began + SIGNAL_SECONDS;
    runtime_suspend_messages(runtime, true);
    runtime_sample_heap(runtime); /* nobody can look while it is paused */
    pthread_mutex_lock(&runtime->lock);
    runtime->end_pause = false;
    atomic_store(&runtime->paused, true);
    pthread_cond_broadcast(&runtime->changed);
    while (!pause_is_over_locked(runtime)) {
        if (!runtime_has_messages_locked(runtime)) {
            await_client_locked(runtime, entry, &next_check);
            continue;
        }
        pthread_mutex_unlock(&runtime->lock);
        runtime_serve_one(runtime); /* it may be the one that ends the pause */
        pthread_mutex_lock(&runtime->lock);
    }
    runtime_extend_deadlines(entry, thread_now() - began);
    atomic_store(&runtime->paused, false);
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
    runtime_suspend_messages(runtime, false);
    process_watch_until(entry->deadline);
    entry_restore_host(entry, held);
}

void runtime_end_pause(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    runtime->end_pause = true;
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
}

void runtime_debugger_ready(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    atomic_fetch_and(&runtime->holds, ~(unsigned)HOLD_WAITING);
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
}

bool jsrun_runtime_is_paused(jsrun_runtime *runtime) { return atomic_load(&runtime->paused); }

bool jsrun_runtime_is_waiting_for_debugger(jsrun_runtime *runtime) {
    return atomic_load(&runtime->holds) & HOLD_WAITING;
}
