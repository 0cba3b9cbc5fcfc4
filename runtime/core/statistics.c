#include "jsrun/statistics.h"

#include "core/runtime.h"
#include "services/services.h"
#include "base/threads.h"

/* How long JavaScript that runs has for answering, and how often it is looked whether it has ended. */
#define PATIENCE_SECONDS 0.01
#define LOOK_SECONDS 0.001

void runtime_sample_heap(jsrun_runtime *runtime) {
    jsrun_heap heap;
    engine_heap(runtime->engine, &heap);
    pthread_mutex_lock(&runtime->lock);
    runtime->locked.heap = heap;
    runtime->locked.heap_samples++;
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
}

static void sample_job(jsrun_entry *entry, void *data) {
    (void)data;
    runtime_sample_heap(entry->runtime);
}

/* Asks whoever is inside for numbers, and waits a little. False: there are some that are newer than `before`, or none are to be had. */
static bool await_sample(jsrun_runtime *runtime, unsigned before, double deadline) {
    void *token = runtime->host.release(runtime->host.data);
    pthread_mutex_lock(&runtime->lock);
    double left = deadline - thread_now();
    bool waits = left > 0 && runtime->locked.end_status == JSRUN_OK && runtime->engine &&
                 !atomic_load(&runtime->inside.paused) && runtime->locked.heap_samples == before;
    if (waits) {
        if (atomic_load(&runtime->inside.current))
            runtime_request_interrupt_locked(runtime, INTERRUPT_FOR_HEAP);
        thread_wait_for(&runtime->changed, &runtime->lock,
                        left < LOOK_SECONDS ? left : LOOK_SECONDS);
        waits = runtime->locked.heap_samples == before;
    }
    pthread_mutex_unlock(&runtime->lock);
    runtime->host.acquire(runtime->host.data, token);
    return waits;
}

jsrun_status jsrun_runtime_heap(jsrun_runtime *runtime, jsrun_heap *heap) {
    jsrun_status status = jsrun_runtime_state(runtime);
    if (status != JSRUN_OK) return status;
    pthread_mutex_lock(&runtime->lock);
    unsigned before = runtime->locked.heap_samples;
    pthread_mutex_unlock(&runtime->lock);
    double deadline = thread_now() + PATIENCE_SECONDS;
    while (!runtime_try_run(runtime, sample_job, NULL) && await_sample(runtime, before, deadline))
        continue;
    pthread_mutex_lock(&runtime->lock);
    *heap = runtime->locked.heap;
    pthread_mutex_unlock(&runtime->lock);
    return status;
}

void runtime_begin_background(jsrun_runtime *runtime) {
    atomic_store(&runtime->thread.background_since, thread_now());
}

void runtime_end_background(jsrun_runtime *runtime) {
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

jsrun_timers jsrun_runtime_timers(jsrun_runtime *runtime) {
    return (jsrun_timers){atomic_load(&runtime->services->timers.timeouts),
                          atomic_load(&runtime->services->timers.intervals)};
}
