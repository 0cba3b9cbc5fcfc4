/* The runtime object: reference counts and state. */
#include <stdlib.h>

#include "core/runtime_state.h"
#include "v8/engine_process.h"

void runtime_retain(jsrun_runtime *runtime) { atomic_fetch_add(&runtime->references, 1); }

void runtime_destroy(jsrun_runtime *runtime) {
    handle_table_destroy(&runtime->handles);
    isolate_lock_destroy(&runtime->isolate);
    pthread_cond_destroy(&runtime->changed);
    pthread_mutex_destroy(&runtime->lock);
    engine_blob_free(runtime->holder.blob);
    free(runtime->name);
    free(runtime);
}

void jsrun_runtime_release(jsrun_runtime *runtime) {
    /* In a forked child nothing of the runtime may be touched, so its memory is not freed. */
    if (runtime_check_process(runtime) != JSRUN_OK) return;
    if (atomic_fetch_sub(&runtime->references, 1) == 1) runtime_destroy(runtime);
}

jsrun_status jsrun_runtime_state(jsrun_runtime *runtime) {
    if (runtime_check_process(runtime) != JSRUN_OK) return JSRUN_FORKED;
    if (!(atomic_load(&runtime->holds) & HOLD_ENDED)) return JSRUN_OK;
    pthread_mutex_lock(&runtime->lock);
    jsrun_status status = runtime->locked.end_status;
    pthread_mutex_unlock(&runtime->lock);
    return status;
}
