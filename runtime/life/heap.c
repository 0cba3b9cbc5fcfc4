/* The size of the heap, for the host. */
#include "jsrun/statistics.h"

#include "base/threads.h"
#include "core/heap_sample.h"
#include "core/runtime_state.h"
#include "core/stop.h"
#include "life/jobs.h"

/* How long the caller waits for JavaScript that runs to answer, and how often it looks whether that
 * has ended. */
#define PATIENCE_SECONDS 0.01
#define LOOK_SECONDS 0.001

static void sample_job(jsrun_entry *entry, void *data) {
    (void)data;
    runtime_sample_heap(entry->runtime);
}

/* Asks the thread in the isolate for a sample, and waits a little. False: there is a newer one than
 * `before`, or none can be taken. */
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
