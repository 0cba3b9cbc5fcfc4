#include "life/close.h"

#include "base/threads.h"
#include "core/calls.h"
#include "core/enter.h"
#include "core/host_lock.h"
#include "core/process.h"
#include "core/runtime_state.h"
#include "core/stop.h"
#include "core/thread.h"
#include "debug/serve.h"
#include "services/import.h"
#include "services/services.h"
#include "v8/embedder.h"

/* Calls the watcher, once, without `lock`. Another thread that wants to remove the watcher waits
 * until it has returned. */
static void call_watcher(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    void (*closing)(void *) =
        runtime->locked.closing.called ? NULL : runtime->locked.closing.watcher;
    runtime->locked.closing.called = true;
    runtime->locked.closing.running = closing != NULL;
    pthread_mutex_unlock(&runtime->lock);
    if (!closing) return;
    closing(runtime->locked.closing.data);
    pthread_mutex_lock(&runtime->lock);
    runtime->locked.closing.running = false;
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
}

void jsrun_runtime_on_close(jsrun_runtime *runtime, void (*closing)(void *data), void *data) {
    if (runtime_check_process(runtime) != JSRUN_OK) return;
    pthread_mutex_lock(&runtime->lock);
    while (!closing && runtime->locked.closing.running)
        pthread_cond_wait(&runtime->changed, &runtime->lock);
    runtime->locked.closing.watcher = closing;
    runtime->locked.closing.data = data;
    pthread_mutex_unlock(&runtime->lock);
}

/* Nothing runs in the isolate any more. Frees sessions, handles, context and isolate, in this
 * order. */
static void dispose(jsrun_runtime *runtime, void **token) {
    jsrun_entry entry;
    engine_prepare_to_close(runtime->engine);
    runtime_enter(runtime, &entry, false, *token);
    runtime_close_sessions(runtime);
    promises_end(&entry, jsrun_runtime_state(runtime));
    entry_release_host(&entry);
    promises_free(runtime);
    flows_free(runtime);
    imports_free(runtime);
    module_map_free(&runtime->services->modules);
    timers_free(runtime);
    uncaught_free(runtime);
    handle_table_clear(&runtime->handles);
    names_clear(&runtime->holder.names);
    runtime_leave(&entry);
    *token = entry.host_token;

    process_remove(runtime);
    runtime_dispose_engine(runtime);
    dropped_functions_free(&runtime->holder.dropped);
}

/* An isolate may have died with locks of V8 held that its disposal needs. So the thread that it
 * died on must dispose of it. `lock` held. */
static bool is_for_another_locked(jsrun_runtime *runtime) {
    return runtime->engine && runtime->locked.guests.closer &&
           runtime->locked.guests.closer != thread_self();
}

static bool is_for_this_locked(jsrun_runtime *runtime) {
    return runtime->engine && runtime->locked.guests.closer == thread_self();
}

/* True: the caller must finish the close. False: it is finished, or was not started. */
static bool take_over(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    while (runtime->locked.phase == CLOSE_FINISHING ||
           (runtime->locked.phase == CLOSE_BEGUN && is_for_another_locked(runtime)))
        pthread_cond_wait(&runtime->changed, &runtime->lock);
    bool mine = runtime->locked.phase == CLOSE_BEGUN;
    if (mine) runtime->locked.phase = CLOSE_FINISHING;
    pthread_mutex_unlock(&runtime->lock);
    return mine;
}

static void dispose_if_mine(jsrun_runtime *runtime, void **token) {
    isolate_lock_acquire(&runtime->isolate, -1);
    pthread_mutex_lock(&runtime->lock);
    bool mine = runtime->engine && !is_for_another_locked(runtime);
    pthread_mutex_unlock(&runtime->lock);
    if (mine) {
        runtime_cancel_calls(runtime, jsrun_runtime_state(runtime), token);
        dispose(runtime, token);
    }
    isolate_lock_release(&runtime->isolate);
}

static void finish(jsrun_runtime *runtime, void **token) {
    call_watcher(runtime);
    dispose_if_mine(runtime, token);
    pthread_mutex_lock(&runtime->lock);
    while (runtime->engine) pthread_cond_wait(&runtime->changed, &runtime->lock);
    pthread_mutex_unlock(&runtime->lock);
}

/* Another thread may finish the close, and wait for this one to dispose of the isolate. */
static void dispose_for_another(jsrun_runtime *runtime, void **token) {
    pthread_mutex_lock(&runtime->lock);
    bool needed = runtime->locked.phase == CLOSE_FINISHING && is_for_this_locked(runtime);
    pthread_mutex_unlock(&runtime->lock);
    if (needed) dispose_if_mine(runtime, token);
}

static void tell_host(jsrun_runtime *runtime) {
    if (runtime->host.closed) runtime->host.closed(runtime->host.data);
}

static void mark_closed(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    runtime->locked.phase = CLOSED;
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
}

void runtime_finish_deferred_close(jsrun_runtime *runtime, void **token) {
    dispose_for_another(runtime, token);
    if (!take_over(runtime)) return;
    pthread_mutex_lock(&runtime->lock);
    bool started = runtime->locked.thread.started;
    pthread_mutex_unlock(&runtime->lock);
    /* The watcher comes first: it releases a producer that is blocked by a slow client. */
    call_watcher(runtime);
    if (started) pthread_join(runtime->locked.thread.id, NULL);
    finish(runtime, token);
    /* With the host lock: whoever waits for the end may free what the host is told of. And
     * afterwards: the host may close the runtime once more. */
    runtime->host.acquire(runtime->host.data, *token);
    mark_closed(runtime);
    tell_host(runtime);
    *token = runtime->host.release(runtime->host.data);
}

bool runtime_close_on_thread(jsrun_runtime *runtime, void **token) {
    pthread_mutex_lock(&runtime->lock);
    bool here = runtime->locked.closing.on_thread && runtime->locked.phase == CLOSE_BEGUN;
    if (here) runtime->locked.phase = CLOSE_FINISHING;
    pthread_mutex_unlock(&runtime->lock);
    if (!here) {
        dispose_for_another(runtime, token);
        return false;
    }
    pthread_detach(pthread_self());
    finish(runtime, token);
    /* Before it is marked as closed: whoever waits for that may end the host, which this thread
     * then must not need any more. A close by this thread does not wait. */
    runtime->host.acquire(runtime->host.data, *token);
    tell_host(runtime);
    *token = runtime->host.release(runtime->host.data);
    return true;
}

void runtime_closed_on_thread(jsrun_runtime *runtime) {
    /* A thread that waits for the end may release the runtime as soon as it is told. */
    runtime_retain(runtime);
    mark_closed(runtime);
    runtime_free_dead_engine(runtime);
    jsrun_runtime_release(runtime);
}

/* As if the present job had closed the runtime, except for the status that callers get. */
void runtime_heap_limit(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    if (runtime->locked.phase == OPEN) {
        runtime->locked.phase = CLOSE_BEGUN;
        runtime->locked.closing.on_thread = runtime_thread_is_this(runtime);
    }
    runtime_end_locked(runtime, JSRUN_HEAP_LIMIT); /* again, if JavaScript has gone on */
    pthread_mutex_unlock(&runtime->lock);
}

void runtime_died(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    runtime->locked.guests.closer = thread_self();
    pthread_mutex_unlock(&runtime->lock);
}

void jsrun_runtime_close(jsrun_runtime *runtime) {
    if (runtime_check_process(runtime) != JSRUN_OK) return;
    bool inside = isolate_lock_is_mine(&runtime->isolate) || runtime_thread_is_this(runtime);
    pthread_mutex_lock(&runtime->lock);
    if (runtime->locked.phase == OPEN) {
        runtime->locked.phase = CLOSE_BEGUN;
        runtime->locked.closing.on_thread = runtime_thread_is_this(runtime);
        runtime_end_locked(runtime, JSRUN_CLOSED);
    }
    runtime->locked.end_status = JSRUN_CLOSED; /* also if it has ended for another reason */
    inside = inside || runtime_performs_here_locked(runtime);
    pthread_mutex_unlock(&runtime->lock);
    if (inside) return;
    void *token = runtime->host.release(runtime->host.data);
    runtime_finish_deferred_close(runtime, &token);
    runtime->host.acquire(runtime->host.data, token);
}
