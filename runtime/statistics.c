#include "jsrun/statistics.h"

#include "runtime.h"
#include "threads.h"

/* How long JavaScript that runs has for answering. */
#define PATIENCE_SECONDS 0.01

void runtime_sample_heap(jsrun_runtime *runtime) {
    jsrun_heap heap;
    engine_heap(runtime->engine, &heap);
    pthread_mutex_lock(&runtime->lock);
    runtime->heap = heap;
    runtime->heap_samples++;
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
}

static void sample_job(jsrun_entry *entry, void *data) {
    (void)data;
    runtime_sample_heap(entry->runtime);
}

static void await_sample(jsrun_runtime *runtime) {
    void *token = runtime->host.release(runtime->host.data);
    pthread_mutex_lock(&runtime->lock);
    unsigned before = runtime->heap_samples;
    double deadline = thread_now() + PATIENCE_SECONDS;
    if (runtime->end_status == JSRUN_OK && runtime->engine && atomic_load(&runtime->current) &&
        !atomic_load(&runtime->paused)) {
        runtime_request_interrupt(runtime, INTERRUPT_FOR_HEAP);
        for (double left; runtime->heap_samples == before && (left = deadline - thread_now()) > 0;)
            thread_wait_for(&runtime->changed, &runtime->lock, left);
    }
    pthread_mutex_unlock(&runtime->lock);
    runtime->host.acquire(runtime->host.data, token);
}

/* Whether another thread is inside, be it only a debugger's evaluation. */
static bool is_occupied(jsrun_runtime *runtime) {
    return atomic_load(&runtime->current) && !isolate_lock_is_mine(&runtime->isolate);
}

jsrun_status jsrun_runtime_heap(jsrun_runtime *runtime, jsrun_heap *heap) {
    jsrun_status status = jsrun_runtime_state(runtime);
    if (status != JSRUN_OK) return status;
    if (is_occupied(runtime) || jsrun_runtime_would_wait(runtime))
        await_sample(runtime);
    else
        status = jsrun_run(runtime, sample_job, NULL);
    pthread_mutex_lock(&runtime->lock);
    *heap = runtime->heap;
    pthread_mutex_unlock(&runtime->lock);
    return status;
}

void runtime_begin_background(jsrun_runtime *runtime) {
    atomic_store(&runtime->background_since, thread_now());
}

void runtime_end_background(jsrun_runtime *runtime) {
    double seconds = thread_now() - atomic_load(&runtime->background_since);
    atomic_store(&runtime->background_seconds, atomic_load(&runtime->background_seconds) + seconds);
    atomic_store(&runtime->background_since, 0);
}

double jsrun_runtime_background_seconds(jsrun_runtime *runtime) {
    double since = atomic_load(&runtime->background_since);
    return atomic_load(&runtime->background_seconds) + (since ? thread_now() - since : 0);
}

bool jsrun_runtime_in_background(jsrun_runtime *runtime) {
    return atomic_load_explicit(&runtime->background_since, memory_order_relaxed) != 0;
}

jsrun_timers jsrun_runtime_timers(jsrun_runtime *runtime) {
    return (jsrun_timers){atomic_load(&runtime->timers.timeouts),
                          atomic_load(&runtime->timers.intervals)};
}
