#include "core/heap_sample.h"

#include "core/runtime_state.h"

void runtime_sample_heap(jsrun_runtime *runtime) {
    jsrun_heap heap;
    engine_heap(runtime->engine, &heap);
    pthread_mutex_lock(&runtime->lock);
    runtime->locked.heap = heap;
    runtime->locked.heap_samples++;
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
}
