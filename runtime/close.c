/* The end of a runtime. */
#include "process.h"
#include "runtime.h"
#include "threads.h"

/* The watcher, once. It is not called under the lock, but nobody gets past it before it has returned. */
static void call_watcher(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    void (*closing)(void *) = runtime->closing_called ? NULL : runtime->closing;
    runtime->closing_called = true;
    runtime->closing_running = closing != NULL;
    pthread_mutex_unlock(&runtime->lock);
    if (!closing) return;
    closing(runtime->closing_data);
    pthread_mutex_lock(&runtime->lock);
    runtime->closing_running = false;
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
}

void jsrun_runtime_on_close(jsrun_runtime *runtime, void (*closing)(void *data), void *data) {
    if (runtime_check_process(runtime) != JSRUN_OK) return;
    pthread_mutex_lock(&runtime->lock);
    while (!closing && runtime->closing_running)
        pthread_cond_wait(&runtime->changed, &runtime->lock);
    runtime->closing = closing;
    runtime->closing_data = data;
    pthread_mutex_unlock(&runtime->lock);
}

/* Nobody runs in the isolate and nobody will: sessions, handles, context and isolate go, in this order. */
static void dispose(jsrun_runtime *runtime, void **token) {
    jsrun_entry entry;
    runtime_enter(runtime, &entry, false, *token);
    runtime_close_sessions(runtime);
    promises_end(&entry, JSRUN_CLOSED);
    entry_release_host(&entry);
    promises_free(runtime);
    flows_free(runtime);
    imports_free(runtime);
    module_map_free(&runtime->modules);
    timers_free(runtime);
    uncaught_free(runtime);
    handle_table_clear(&runtime->handles);
    names_clear(&runtime->names);
    *token = entry.host_token;
    runtime_leave(&entry);

    process_remove(runtime);
    runtime_dispose_engine(runtime);
}

/* True: the caller is the one who has to finish the close. False: it is finished, or not begun. */
static bool take_over(jsrun_runtime *runtime, bool wait) {
    pthread_mutex_lock(&runtime->lock);
    while (wait && runtime->phase == CLOSE_FINISHING)
        pthread_cond_wait(&runtime->changed, &runtime->lock);
    bool mine = runtime->phase == CLOSE_BEGUN;
    if (mine) runtime->phase = CLOSE_FINISHING;
    pthread_mutex_unlock(&runtime->lock);
    return mine;
}

static void finish(jsrun_runtime *runtime, void **token) {
    call_watcher(runtime);
    isolate_lock_acquire(&runtime->isolate, -1);
    runtime_cancel_calls(runtime, JSRUN_CLOSED, token);
    dispose(runtime, token);
    isolate_lock_release(&runtime->isolate);
}

static void mark_closed(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    runtime->phase = CLOSED;
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
}

void runtime_finish_deferred_close(jsrun_runtime *runtime, void **token) {
    if (!take_over(runtime, true)) return;
    pthread_mutex_lock(&runtime->lock);
    bool started = runtime->thread_started;
    pthread_mutex_unlock(&runtime->lock);
    /* The watcher first: it lets go of a producer that is blocked by a slow client. */
    call_watcher(runtime);
    if (started) pthread_join(runtime->thread, NULL);
    finish(runtime, token);
    mark_closed(runtime);
}

bool runtime_close_on_thread(jsrun_runtime *runtime, void **token) {
    pthread_mutex_lock(&runtime->lock);
    bool here = runtime->close_on_thread && runtime->phase == CLOSE_BEGUN;
    if (here) runtime->phase = CLOSE_FINISHING;
    pthread_mutex_unlock(&runtime->lock);
    if (!here) return false;
    pthread_detach(pthread_self());
    finish(runtime, token);
    return true;
}

void runtime_closed_on_thread(jsrun_runtime *runtime) {
    /* Whoever waits for the end may release the runtime as soon as it is told. */
    runtime_retain(runtime);
    mark_closed(runtime);
    jsrun_runtime_release(runtime);
}

void jsrun_runtime_close(jsrun_runtime *runtime) {
    if (runtime_check_process(runtime) != JSRUN_OK) return;
    bool inside = isolate_lock_is_mine(&runtime->isolate) || runtime_thread_is_this(runtime);
    pthread_mutex_lock(&runtime->lock);
    if (runtime->phase == OPEN) {
        runtime->phase = CLOSE_BEGUN;
        runtime->close_on_thread = runtime_thread_is_this(runtime);
        runtime_end_locked(runtime, JSRUN_CLOSED);
    }
    inside = inside || runtime_performs_here_locked(runtime);
    pthread_mutex_unlock(&runtime->lock);
    if (inside) return;
    void *token = runtime->host.release(runtime->host.data);
    runtime_finish_deferred_close(runtime, &token);
    runtime->host.acquire(runtime->host.data, token);
}
