#include "core/calls.h"

#include <stdlib.h>

#include "base/threads.h"
#include "core/deadline.h"
#include "core/enter.h"
#include "core/flows.h"
#include "core/host_lock.h"
#include "core/runtime_state.h"

/* --- the queue ------------------------------------------------------------------------------- */

void calls_append_locked(jsrun_runtime *runtime, call *item, const jsrun_limit *limit) {
    waiter_add_locked(runtime, &item->waiter, limit);
    if (runtime->locked.calls.last)
        runtime->locked.calls.last->next = item;
    else
        runtime->locked.calls.first = item;
    runtime->locked.calls.last = item;
    atomic_fetch_or(&runtime->holds, HOLD_QUEUE);
}

void calls_remove_locked(jsrun_runtime *runtime, call *item) {
    waiter_remove_locked(runtime, &item->waiter);
    call *before = NULL;
    for (call *at = runtime->locked.calls.first; at; before = at, at = at->next) {
        if (at != item) continue;
        if (before)
            before->next = at->next;
        else
            runtime->locked.calls.first = at->next;
        if (runtime->locked.calls.last == at) runtime->locked.calls.last = before;
        break;
    }
    if (!runtime->locked.calls.first) atomic_fetch_and(&runtime->holds, ~(unsigned)HOLD_QUEUE);
}

static void start_locked(jsrun_runtime *runtime, call *item) {
    item->state = CALL_RUNNING;
    item->status = JSRUN_OK;
    item->outer = runtime->locked.calls.running;
    runtime->locked.calls.running = item;
}

bool calls_are_due_locked(jsrun_runtime *runtime) {
    return runtime->locked.calls.first && !(atomic_load(&runtime->holds) & HOLD_WAITING);
}

call *calls_take_locked(jsrun_runtime *runtime) {
    bool takes = runtime->locked.end_status == JSRUN_OK && calls_are_due_locked(runtime);
    call *item = takes ? runtime->locked.calls.first : NULL;
    if (!item) return NULL;
    bool late = waiter_is_late_locked(runtime, &item->waiter);
    waiter_remove_locked(runtime, &item->waiter);
    runtime->locked.calls.first = item->next;
    if (!item->next) runtime->locked.calls.last = NULL;
    item->next = NULL;
    start_locked(runtime, item);
    if (late) item->status = JSRUN_TIMED_OUT;
    if (item->flow && !late) flow_open_locked(runtime, item->flow, &item->waiter.limit);
    return item;
}

void call_finish_locked(jsrun_runtime *runtime, call *item) {
    runtime->locked.calls.running = item->outer;
    item->state = CALL_DONE;
    if (item->thread)
        pthread_cond_broadcast(&runtime->changed);
    else
        free(item);
}

void calls_note_empty(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    if (!runtime->locked.calls.first) atomic_fetch_and(&runtime->holds, ~(unsigned)HOLD_QUEUE);
    pthread_mutex_unlock(&runtime->lock);
}

/* --- running --------------------------------------------------------------------------------- */

bool runtime_performs_here_locked(jsrun_runtime *runtime) {
    return runtime->locked.calls.running && runtime->locked.calls.running->thread == thread_self();
}

bool runtime_performs_here(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    bool here = runtime_performs_here_locked(runtime);
    pthread_mutex_unlock(&runtime->lock);
    return here;
}

/* A posted job that will not run. */
static void cancel_posted(jsrun_runtime *runtime, call *item, jsrun_status why, void **token) {
    const jsrun_host *host = &runtime->host;
    host->acquire(host->data, *token);
    item->cancelled(item->data, why);
    *token = host->release(host->data);
}

void call_perform(jsrun_runtime *runtime, call *item, void **token) {
    jsrun_entry entry;
    if (item->status != JSRUN_OK) {
        if (!item->thread) cancel_posted(runtime, item, item->status, token);
        return;
    }
    runtime_enter(runtime, &entry, false, *token);
    double deadline = entry_set_limit(&entry, &item->waiter.limit);
    if (!item->without_host) entry_acquire_host(&entry);
    item->job(&entry, item->data);
    limit_add_pauses(&item->waiter.limit, &entry, deadline);
    entry_release_host(&entry);
    *token = entry.host_token;
    runtime_leave(&entry);
}

void runtime_run_call(jsrun_runtime *runtime, call *item, void **token) {
    pthread_mutex_lock(&runtime->lock);
    start_locked(runtime, item);
    pthread_mutex_unlock(&runtime->lock);
    call_perform(runtime, item, token);
    pthread_mutex_lock(&runtime->lock);
    call_finish_locked(runtime, item);
    pthread_mutex_unlock(&runtime->lock);
}

/* --- cancelling ------------------------------------------------------------------------------ */

static void cancel_call(jsrun_runtime *runtime, call *item, jsrun_status why, void **token) {
    if (item->thread) { /* its caller frees it as soon as it is CALL_DONE */
        pthread_mutex_lock(&runtime->lock);
        item->status = why;
        item->state = CALL_DONE;
        pthread_cond_broadcast(&runtime->changed);
        pthread_mutex_unlock(&runtime->lock);
        return;
    }
    cancel_posted(runtime, item, why, token);
    free(item);
}

void runtime_cancel_calls(jsrun_runtime *runtime, jsrun_status why, void **token) {
    for (;;) {
        pthread_mutex_lock(&runtime->lock);
        call *item = runtime->locked.calls.first;
        if (item) calls_remove_locked(runtime, item);
        pthread_mutex_unlock(&runtime->lock);
        if (!item) return;
        cancel_call(runtime, item, why, token);
    }
}
