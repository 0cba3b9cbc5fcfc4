#include "core/thread.h"

#include <sched.h>

#include "base/threads.h"
#include "core/runtime_state.h"
#include "jsrun/statistics.h"
#include "v8/embedder.h"

bool runtime_thread_is_this(jsrun_runtime *runtime) {
    return atomic_load(&runtime->thread.identity) == thread_self();
}

bool runtime_thread_start_locked(jsrun_runtime *runtime) {
    if (!runtime->locked.thread.started)
        runtime->locked.thread.started = thread_start(&runtime->locked.thread.id, "jsrun-runtime",
                                                      runtime->thread.body, runtime);
    return runtime->locked.thread.started;
}

bool runtime_thread_ensure(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    bool started = runtime_thread_start_locked(runtime);
    pthread_mutex_unlock(&runtime->lock);
    return started;
}

void runtime_tasks_posted(jsrun_runtime *runtime) {
    atomic_store(&runtime->tasks.posted, true);
    while (pthread_mutex_trylock(&runtime->lock) != 0) {
        /* The holder of `lock` may wait for the lock that V8 holds here. It wakes the thread
         * itself. */
        if (atomic_load(&runtime->tasks.in_v8)) return;
        sched_yield();
    }
    runtime->tasks.posted = true;
    if (runtime->locked.thread.started) pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
}

/* --- JavaScript that no job runs ------------------------------------------------------------- */

void runtime_start_background(jsrun_runtime *runtime) {
    atomic_store(&runtime->thread.background_since, thread_now());
}

void runtime_finish_background(jsrun_runtime *runtime) {
    double seconds = thread_now() - atomic_load(&runtime->thread.background_since);
    atomic_store(&runtime->thread.background_seconds,
                 atomic_load(&runtime->thread.background_seconds) + seconds);
    atomic_store(&runtime->thread.background_since, 0);
}

double jsrun_runtime_background_seconds(jsrun_runtime *runtime) {
    double since = atomic_load(&runtime->thread.background_since);
    return atomic_load(&runtime->thread.background_seconds) + (since ? thread_now() - since : 0);
}

bool jsrun_runtime_in_background(jsrun_runtime *runtime) {
    return atomic_load_explicit(&runtime->thread.background_since, memory_order_relaxed) != 0;
}
