/* JavaScript calls a host function. */
#include <stdlib.h>

#include "core/calls.h"
#include "core/host_lock.h"
#include "core/runtime_state.h"
#include "core/scripts.h"
#include "core/stop.h"
#include "core/thread.h"
#include "debug/pause_on_request.h"
#include "debug/serve.h"
#include "v8/embedder.h"
#include "v8/engine_run.h"

/* The caller of the job waits on another thread. The function is performed there, because the
 * host's thread-local state is there. Meanwhile this thread serves debuggers and runs the jobs that
 * the function starts. */
static void perform_at_caller(jsrun_runtime *runtime, call *caller, void *prepared,
                              jsrun_entry *entry) {
    host_request request = {.prepared = prepared};
    entry_release_host(entry);
    pthread_mutex_lock(&runtime->lock);
    caller->request = &request;
    pthread_cond_broadcast(&runtime->changed);
    while (!request.done) {
        if (runtime->locked.calls.nested) {
            call *nested = runtime->locked.calls.nested;
            runtime->locked.calls.nested = NULL;
            pthread_mutex_unlock(&runtime->lock);
            runtime_run_call(runtime, nested, &entry->host_token);
            pthread_mutex_lock(&runtime->lock);
        } else if (runtime_has_messages_locked(runtime)) {
            pthread_mutex_unlock(&runtime->lock);
            if (runtime_serve_sessions(runtime) == SERVED_TERMINATION)
                runtime_stop_by_client(runtime);
            pthread_mutex_lock(&runtime->lock);
        } else {
            pthread_cond_wait(&runtime->changed, &runtime->lock);
        }
    }
    pthread_mutex_unlock(&runtime->lock);
    entry_acquire_host(entry);
}

static call *waiting_caller(jsrun_runtime *runtime) {
    if (!runtime_thread_is_this(runtime)) return NULL;
    pthread_mutex_lock(&runtime->lock);
    call *running = runtime->locked.calls.running;
    pthread_mutex_unlock(&runtime->lock);
    return running && running->thread ? running : NULL;
}

static void pause_before(jsrun_runtime *runtime, jsrun_entry *entry, char *details) {
    host_lock before = entry_release_host(entry);
    runtime_break_here(runtime, "EventListener", details);
    entry_restore_host(entry, before);
    free(details);
}

static bool has_to_catch_up(jsrun_runtime *runtime) {
    return atomic_load_explicit(&runtime->asked.interrupts, memory_order_relaxed) ||
           atomic_load_explicit(&runtime->asked.pause, memory_order_relaxed) ||
           runtime->holder.pause_after_host_call;
}

void runtime_host_call(jsrun_runtime *runtime, jsrun_call_info *info) {
    const jsrun_host *host = &runtime->host;
    jsrun_entry *entry = atomic_load_explicit(&runtime->inside.current, memory_order_relaxed);
    unsigned outer = runtime->holder.calling_depth;
    runtime->holder.calling_depth = runtime_script_depth(runtime) + 1;
    host_lock before = entry_acquire_host(entry);
    void *prepared = host->prepare(host->data, entry, info);
    if (info->pause) pause_before(runtime, entry, info->pause);
    if (prepared) {
        call *caller = waiting_caller(runtime);
        if (caller)
            perform_at_caller(runtime, caller, prepared, entry);
        else
            host->perform(host->data, prepared);
        host->finish(host->data, entry, prepared, info);
    }
    entry_restore_host(entry, before);
    if (has_to_catch_up(runtime)) runtime_catch_up_after_host_call(entry);
    runtime->holder.calling_depth = outer;
    /* A request to stop that was made meanwhile, or for a nested job, stops the calling JavaScript
     * now: V8 itself would look only at the end of a loop or at the next call. */
    if (runtime_is_stopping(runtime)) engine_unwind(entry);
}
