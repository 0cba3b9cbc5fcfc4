/* Jobs: on the caller's thread when that may borrow the isolate, else on the runtime thread. */
#include "life/jobs.h"

#include <stdlib.h>

#include "base/threads.h"
#include "core/calls.h"
#include "core/deadline.h"
#include "core/enter.h"
#include "core/flows.h"
#include "core/host_lock.h"
#include "core/turns.h"
#include "v8/engine_run.h"
#include "core/process.h"
#include "core/runtime_state.h"
#include "core/scripts.h"
#include "core/stop.h"
#include "core/thread.h"
#include "jsrun/promise.h"
#include "life/close.h"

/* Here and below, `limit` is NULL or has no seconds if there is no limit. */
static void run_here(jsrun_runtime *runtime, jsrun_limit *limit, jsrun_job job, void *data) {
    jsrun_entry entry;
    runtime_enter(runtime, &entry, true, NULL);
    double deadline = entry_set_limit(&entry, limit);
    job(&entry, data);
    limit_add_pauses(limit, &entry, deadline);
    runtime_leave(&entry);
}

static JSRUN_COLD void finish_close(jsrun_runtime *runtime) {
    void *token = runtime->host.release(runtime->host.data);
    runtime_finish_deferred_close(runtime, &token);
    runtime->host.acquire(runtime->host.data, token);
}

/* The tasks that V8 has posted, such as the callbacks of finalizers, run when a job has ended,
 * unless there is a runtime thread, whose work that is. They have this time in all, and no more
 * than the caller's limit leaves. */
#define TASK_SECONDS 0.01

static void start_task_turn(jsrun_entry *entry, const jsrun_limit *of_caller) {
    jsrun_limit limit;
    turn_kind kind;
    flow_limit_turn(entry->runtime, 0, &limit, &kind);
    bool limited = of_caller && of_caller->seconds > 0;
    if (limited && (limit.seconds == 0 || of_caller->until < limit.until)) limit = *of_caller;
    turn_start(entry, &limit, kind);
}

static JSRUN_COLD void run_tasks(jsrun_runtime *runtime, const jsrun_limit *of_caller) {
    jsrun_entry entry;
    if (runtime->for_snapshot || atomic_load(&runtime->thread.identity)) return;
    if (atomic_load(&runtime->holds) & HOLD_ENDED || engine_next_task(runtime->engine) != 0) return;
    double until = thread_now() + TASK_SECONDS;
    bool more;
    atomic_store(&runtime->tasks.posted, false);
    runtime_enter(runtime, &entry, true, NULL);
    host_lock before = entry_offer_host(&entry);
    do {
        start_task_turn(&entry, of_caller);
        more = engine_run_task(runtime->engine);
        if (more) engine_run_microtasks(&entry);
    } while (more && !runtime_is_stopping(runtime) && thread_now() < until);
    if (more) atomic_store(&runtime->tasks.posted, true); /* for the next job's end */
    turn_finish(&entry);
    entry_restore_host(&entry, before);
    runtime_leave(&entry);
}

/* Runs the outermost job of this thread, releases the isolate, and finishes a close that had to
 * wait for that. */
static void run_and_release(jsrun_runtime *runtime, jsrun_limit *limit, jsrun_job job, void *data) {
    run_here(runtime, limit, job, data);
    if (atomic_load_explicit(&runtime->tasks.posted, memory_order_relaxed))
        run_tasks(runtime, limit);
    isolate_lock_release(&runtime->isolate);
    if (atomic_load(&runtime->holds) & HOLD_ENDED) finish_close(runtime);
}

/* --- on the runtime thread ------------------------------------------------------------------- */

/* Performs the host function that the runtime thread waits for. `lock` held; released meanwhile. */
static void perform_locked(jsrun_runtime *runtime, call *item, void **token) {
    const jsrun_host *host = &runtime->host;
    host_request *request = item->request;
    item->request = NULL;
    pthread_mutex_unlock(&runtime->lock);
    host->acquire(host->data, *token);
    host->perform(host->data, request->prepared);
    *token = host->release(host->data);
    pthread_mutex_lock(&runtime->lock);
    request->done = true;
    pthread_cond_broadcast(&runtime->changed);
}

/* Whether the job waits for its turn. A job of a host function does not: the runtime thread waits
 * for it. */
static bool is_waiting_locked(jsrun_runtime *runtime, const call *item) {
    return item->state == CALL_QUEUED && item != runtime->locked.calls.nested;
}

static void give_up_locked(jsrun_runtime *runtime, call *item, jsrun_status why) {
    calls_remove_locked(runtime, item);
    item->state = CALL_DONE;
    item->status = why;
}

/* The host wants `item` stopped, or not run at all. */
static void interrupt_locked(jsrun_runtime *runtime, call *item) {
    if (item->state == CALL_RUNNING)
        runtime_stop_locked(runtime, STOP_INTERRUPTED);
    else if (is_waiting_locked(runtime, item)) {
        give_up_locked(runtime, item, JSRUN_INTERRUPTED);
        runtime_stop_turn_locked(runtime);
    }
}

static double sooner(double until, const jsrun_limit *limit) {
    return limit->seconds > 0 && limit->until < until ? limit->until : until;
}

/* Waits for `item`; meanwhile performs host functions and lets the host look at its signals.
 * Without the host lock. `lock` held. */
static void await_locked(jsrun_runtime *runtime, call *item, void **token) {
    double next_check = thread_now() + SIGNAL_SECONDS;
    while (item->state != CALL_DONE) {
        if (item->request) {
            perform_locked(runtime, item, token);
            continue;
        }
        if (is_waiting_locked(runtime, item) && waiter_is_late_locked(runtime, &item->waiter)) {
            give_up_locked(runtime, item, JSRUN_TIMED_OUT);
            continue;
        }
        double until = next_check;
        if (is_waiting_locked(runtime, item)) until = sooner(until, &item->waiter.limit);
        double left = until - thread_now();
        if (left > 0) {
            thread_wait_for(&runtime->changed, &runtime->lock, left);
            continue;
        }
        if (thread_now() < next_check) continue;
        if (runtime_check_signals_locked(runtime, token)) interrupt_locked(runtime, item);
        next_check = thread_now() + SIGNAL_SECONDS;
    }
}

/* The call is not on this stack: another stack may be in its place while a host function runs. */
static JSRUN_COLD jsrun_status run_there(jsrun_runtime *runtime, jsrun_limit *limit, jsrun_job job,
                                         void *data) {
    call *item = malloc(sizeof *item);
    if (!item) return JSRUN_NO_MEMORY;
    *item = (call){.job = job, .data = data, .thread = thread_self()};
    void *token = runtime->host.release(runtime->host.data);
    pthread_mutex_lock(&runtime->lock);
    if (runtime->locked.end_status != JSRUN_OK) {
        item->status = runtime->locked.end_status;
    } else if (!runtime_thread_start_locked(runtime)) {
        item->status = JSRUN_NO_MEMORY;
    } else {
        if (runtime_performs_here_locked(runtime)) {
            if (limit) item->waiter.limit = *limit;
            runtime->locked.calls.nested = item;
        } else {
            calls_append_locked(runtime, item, limit);
        }
        pthread_cond_broadcast(&runtime->changed);
        await_locked(runtime, item, &token);
        if (limit) *limit = item->waiter.limit;
    }
    bool nested = runtime_performs_here_locked(runtime);
    bool ended = runtime->locked.end_status != JSRUN_OK;
    pthread_mutex_unlock(&runtime->lock);
    if (ended && !nested) runtime_finish_deferred_close(runtime, &token);
    runtime->host.acquire(runtime->host.data, token);
    jsrun_status status = item->status;
    free(item);
    return status;
}

/* --- which of the two ------------------------------------------------------------------------ */

/* For the time of a look at signals at the most. False: somebody else has it still. */
static bool await_isolate_for_now(jsrun_runtime *runtime, const jsrun_limit *limit) {
    double until = sooner(thread_now() + SIGNAL_SECONDS, limit);
    void *token = runtime->host.release(runtime->host.data);
    double left = until - thread_now();
    bool mine = isolate_lock_acquire(&runtime->isolate, left > 0 ? left : 0);
    runtime->host.acquire(runtime->host.data, token);
    return mine;
}

static bool is_late(jsrun_runtime *runtime, waiter *waiter) {
    pthread_mutex_lock(&runtime->lock);
    bool late = waiter_is_late_locked(runtime, waiter);
    pthread_mutex_unlock(&runtime->lock);
    return late;
}

static jsrun_status await_isolate_within(jsrun_runtime *runtime, waiter *waiter) {
    for (;;) {
        if (await_isolate_for_now(runtime, &waiter->limit)) return JSRUN_OK;
        if (atomic_load(&runtime->holds) & HOLD_ENDED) return jsrun_runtime_state(runtime);
        if (is_late(runtime, waiter)) return JSRUN_TIMED_OUT;
        if (runtime->host.check_signals(runtime->host.data)) return JSRUN_INTERRUPTED;
    }
}

/* Waits for another borrower to let go. JSRUN_OK: this thread has the isolate now. */
static JSRUN_COLD jsrun_status await_isolate(jsrun_runtime *runtime, jsrun_limit *limit) {
    waiter waiter = {0};
    pthread_mutex_lock(&runtime->lock);
    waiter_add_locked(runtime, &waiter, limit);
    pthread_mutex_unlock(&runtime->lock);
    jsrun_status status = await_isolate_within(runtime, &waiter);
    pthread_mutex_lock(&runtime->lock);
    waiter_remove_locked(runtime, &waiter);
    if (status == JSRUN_INTERRUPTED) runtime_stop_turn_locked(runtime);
    pthread_mutex_unlock(&runtime->lock);
    if (limit) *limit = waiter.limit;
    return status;
}

static JSRUN_COLD jsrun_status run_slowly(jsrun_runtime *runtime, jsrun_limit *limit, jsrun_job job,
                                          void *data) {
    for (;;) {
        unsigned holds = atomic_load(&runtime->holds);
        if (holds & HOLD_ENDED) return jsrun_runtime_state(runtime);
        if (holds || runtime_performs_here(runtime)) return run_there(runtime, limit, job, data);
        jsrun_status status = await_isolate(runtime, limit);
        if (status != JSRUN_OK) return status;
        /* The holds of now decide, not those from before the wait. */
        if (atomic_load(&runtime->holds) == 0) {
            run_and_release(runtime, limit, job, data);
            return JSRUN_OK;
        }
        isolate_lock_release(&runtime->isolate);
    }
}

/* Borrows the isolate for a job of this thread, unless the thread would have to wait. */
static inline bool try_borrow(jsrun_runtime *runtime) {
    if (atomic_load(&runtime->holds) || !isolate_lock_try(&runtime->isolate)) return false;
    if (atomic_load(&runtime->holds) == 0) return true;
    isolate_lock_release(&runtime->isolate); /* a hold was set meanwhile */
    return false;
}

JSRUN_HOT jsrun_status jsrun_run_within(jsrun_runtime *runtime, jsrun_limit *limit, jsrun_job job,
                                        void *data) {
    if (runtime_check_process(runtime) != JSRUN_OK) return JSRUN_FORKED;
    if (isolate_lock_is_mine(&runtime->isolate)) {
        if (atomic_load(&runtime->holds) & HOLD_ENDED) return jsrun_runtime_state(runtime);
        run_here(runtime, limit, job, data);
        return JSRUN_OK;
    }
    if (try_borrow(runtime)) {
        run_and_release(runtime, limit, job, data);
        return JSRUN_OK;
    }
    return run_slowly(runtime, limit, job, data);
}

jsrun_status jsrun_run(jsrun_runtime *runtime, jsrun_job job, void *data) {
    return jsrun_run_within(runtime, NULL, job, data);
}

bool runtime_try_run(jsrun_runtime *runtime, jsrun_job job, void *data) {
    if (isolate_lock_is_mine(&runtime->isolate)) {
        run_here(runtime, NULL, job, data);
        return true;
    }
    if (try_borrow(runtime)) {
        run_and_release(runtime, NULL, job, data);
        return true;
    }
    return runtime_performs_here(runtime) && run_there(runtime, NULL, job, data) == JSRUN_OK;
}

bool jsrun_runtime_would_wait(jsrun_runtime *runtime) {
    if (runtime_check_process(runtime) != JSRUN_OK) return false;
    if (isolate_lock_is_mine(&runtime->isolate)) return false;
    unsigned holds = atomic_load(&runtime->holds);
    if (holds & HOLD_ENDED) return false;
    pthread_mutex_lock(&runtime->lock);
    bool here = runtime_performs_here_locked(runtime);
    bool queued = runtime->locked.calls.first;
    pthread_mutex_unlock(&runtime->lock);
    /* It does not count that a thread answers a debugger now: that takes next to no time. */
    return !here && (queued || holds & HOLD_WAITING || atomic_load(&runtime->inside.paused) ||
                     runtime_script_depth(runtime) > 0);
}

void jsrun_runtime_use_thread(jsrun_runtime *runtime) {
    if (atomic_load(&runtime->holds) & HOLD_STACKS) return;
    if (runtime_check_process(runtime) != JSRUN_OK) return;
    pthread_mutex_lock(&runtime->lock);
    atomic_fetch_or(&runtime->holds, HOLD_STACKS);
    pthread_mutex_unlock(&runtime->lock);
}

bool jsrun_runtime_is_entered_here(jsrun_runtime *runtime) {
    return isolate_lock_is_mine(&runtime->isolate);
}

/* --- posting --------------------------------------------------------------------------------- */

static jsrun_status post(jsrun_runtime *runtime, const call *posted, const jsrun_limit *limit) {
    call *item = malloc(sizeof *item);
    if (item) *item = *posted;
    pthread_mutex_lock(&runtime->lock);
    jsrun_status status = item ? runtime->locked.end_status : JSRUN_NO_MEMORY;
    if (status == JSRUN_OK && !runtime_thread_start_locked(runtime)) status = JSRUN_NO_MEMORY;
    /* Behind another job it need not wake the runtime thread, which looks for more before it
     * sleeps. */
    bool first = !runtime->locked.calls.first;
    if (status == JSRUN_OK) calls_append_locked(runtime, item, limit);
    pthread_mutex_unlock(&runtime->lock);
    if (status == JSRUN_OK && first) pthread_cond_broadcast(&runtime->changed);
    if (status != JSRUN_OK) free(item);
    return status;
}

jsrun_status jsrun_post(jsrun_runtime *runtime, jsrun_job job, jsrun_job_cancelled cancelled,
                        void *data) {
    call posted = {.job = job, .cancelled = cancelled, .data = data};
    if (runtime_check_process(runtime) != JSRUN_OK) return JSRUN_FORKED;
    return post(runtime, &posted, NULL);
}

jsrun_status jsrun_post_without_host(jsrun_runtime *runtime, uint32_t flow, jsrun_limit limit,
                                     jsrun_job job, jsrun_job_cancelled cancelled, void *data) {
    call posted = {
        .job = job, .cancelled = cancelled, .data = data, .flow = flow, .without_host = true};
    if (runtime_check_process(runtime) != JSRUN_OK) return JSRUN_FORKED;
    return post(runtime, &posted, &limit);
}
