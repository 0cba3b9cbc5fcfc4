#include "life/loop.h"

#include "base/threads.h"
#include "core/calls.h"
#include "core/enter.h"
#include "core/flows.h"
#include "core/host_lock.h"
#include "core/runtime_state.h"
#include "core/stop.h"
#include "core/turns.h"
#include "debug/serve.h"
#include "life/close.h"
#include "services/services.h"
#include "v8/engine_run.h"

/* Seconds until the next timer; negative: no timer will run. */
static double next_timer_locked(jsrun_runtime *runtime) {
    if (!runtime->locked.timer_due || runtime->locked.end_status != JSRUN_OK) return -1;
    double left = runtime->locked.timer_due - thread_now();
    return left > 0 ? left : 0;
}

static double sooner(double left, double right) {
    if (left < 0) return right;
    return right < 0 || left < right ? left : right;
}

static bool has_work_locked(jsrun_runtime *runtime) {
    return runtime->locked.phase != OPEN || runtime->locked.inbound.first ||
           runtime->tasks.posted || runtime->locked.promises_settled ||
           (runtime->locked.end_status != JSRUN_OK && !runtime->locked.end_told) ||
           calls_are_due_locked(runtime) ||
           (runtime->locked.calls.first && runtime->locked.end_status != JSRUN_OK);
}

/* Threads that wait for a promise are told when nothing goes on any more. `lock` held. */
static void wait_locked(jsrun_runtime *runtime, double seconds, bool idle) {
    runtime->locked.thread.idle = idle;
    if (idle && runtime->locked.waiters) pthread_cond_broadcast(&runtime->changed);
    if (seconds > 0)
        thread_wait_for(&runtime->changed, &runtime->lock, seconds);
    else
        pthread_cond_wait(&runtime->changed, &runtime->lock);
}

/* False: the runtime closes. */
static bool await_work(jsrun_runtime *runtime) {
    for (;;) {
        double next_task =
            engine_next_task(runtime->engine); /* takes a lock of V8: not under `lock` */
        bool engine_busy = engine_has_background_work(runtime->engine);
        pthread_mutex_lock(&runtime->lock);
        double next = sooner(next_task, next_timer_locked(runtime));
        if (!has_work_locked(runtime) && next != 0) {
            wait_locked(runtime, next, !engine_busy);
        }
        bool work = has_work_locked(runtime) || next_task == 0 || next_timer_locked(runtime) == 0;
        bool open = runtime->locked.phase == OPEN;
        runtime->tasks.posted = runtime->locked.promises_settled = false;
        if (work) runtime->locked.thread.idle = false;
        runtime->locked.end_told = runtime->locked.end_status != JSRUN_OK;
        pthread_mutex_unlock(&runtime->lock);
        if (!open) return false;
        if (work) return true;
    }
}

static bool is_open(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    bool open = runtime->locked.phase == OPEN;
    pthread_mutex_unlock(&runtime->lock);
    return open;
}

/* A turn each: a task of V8's, or none, and the promise jobs that it leads to. */
static void run_tasks(jsrun_entry *entry) {
    jsrun_runtime *runtime = entry->runtime;
    jsrun_limit limit;
    turn_kind kind;
    bool more;
    do {
        flow_limit_turn(runtime, 0, &limit, &kind);
        turn_start(entry, &limit, kind);
        more = engine_run_task(runtime->engine);
        engine_run_microtasks(entry);
    } while (more && !runtime_is_stopping(runtime) && !turns_hold_others_up(runtime));
    if (more) atomic_store(&runtime->tasks.posted, true); /* there may be others */
}

static void deliver(jsrun_entry *entry) {
    jsrun_runtime *runtime = entry->runtime;
    jsrun_limit limit;
    turn_kind kind;
    if (!runtime->services->promises.first_settled) return;
    flow_limit_turn(runtime, 0, &limit, &kind);
    turn_start(entry, &limit, kind);
    promises_deliver(entry);
}

/* Promises settled by a job, a task or a debugger's evaluation have their jobs run here. True: it
 * was stopped. */
static bool run_idle_entry(jsrun_runtime *runtime, bool deliver_only, void **token) {
    jsrun_entry entry;
    runtime_enter(runtime, &entry, false, *token);
    if (!deliver_only) {
        runtime_serve_sessions(runtime);
        runtime_free_detached_sessions(runtime);
        if (is_open(runtime)) run_tasks(&entry);
    }
    if (!runtime_is_stopping(runtime)) deliver(&entry);
    bool stopped = runtime_is_stopping(runtime);
    turn_finish(&entry);
    runtime_leave(&entry);
    *token = entry.host_token;
    return stopped;
}

/* What was stopped is over with its entry: another one is not stopped for that. */
static void run_idle_work(jsrun_runtime *runtime, void **token) {
    if (run_idle_entry(runtime, false, token)) run_idle_entry(runtime, true, token);
}

static bool has_settled(jsrun_runtime *runtime) {
    return runtime->services->promises.first_settled && is_open(runtime);
}

/* Runs what belongs to no job. */
static void run_background(jsrun_runtime *runtime, void **token) {
    runtime_start_background(runtime);
    run_idle_work(runtime, token);
    timers_run(runtime, token);
    if (has_settled(runtime)) run_idle_work(runtime, token);
    runtime_finish_background(runtime);
}

/* Whether there is something to do between two jobs. A job of the host's may leave promise jobs
 * behind. What only time tells of, V8's delayed tasks, has its turn now and then. */
static bool wants_background_locked(jsrun_runtime *runtime, const call *before, unsigned done) {
    enum { EVERY = 16 };
    if (!before || !before->without_host) return true;
    return runtime->locked.inbound.first || runtime->locked.sessions.detached ||
           runtime->tasks.posted || runtime->locked.promises_settled ||
           runtime->services->promises.first_settled || runtime->services->timers.count ||
           done % EVERY == 0;
}

/* The job after `before`, which was just performed or is NULL. NULL: there is none. */
static call *next_call(jsrun_runtime *runtime, call *before, unsigned done, void **token) {
    bool others_first = turns_have_to_wait(runtime);
    pthread_mutex_lock(&runtime->lock);
    bool background = wants_background_locked(runtime, before, done);
    if (before) call_finish_locked(runtime, before);
    if (background && !others_first) {
        runtime->tasks.posted = runtime->locked.promises_settled = false;
        pthread_mutex_unlock(&runtime->lock);
        run_background(runtime, token);
        pthread_mutex_lock(&runtime->lock);
    }
    /* What is left is not forgotten. */
    if (runtime->services->promises.first_settled || others_first)
        runtime->locked.promises_settled = true;
    call *item = calls_take_locked(runtime);
    pthread_mutex_unlock(&runtime->lock);
    return item;
}

/* Whether there were jobs. */
static bool turn(jsrun_runtime *runtime, void **token) {
    unsigned done = 0;
    isolate_lock_acquire(&runtime->isolate, -1);
    call *item = next_call(runtime, NULL, 0, token);
    while (item) {
        call_perform(runtime, item, token);
        item = next_call(runtime, item, ++done, token);
    }
    isolate_lock_release(&runtime->isolate);
    calls_note_empty(runtime);
    return done;
}

static bool wants_attention(void *data) {
    jsrun_runtime *runtime = data;
    return atomic_load_explicit(&runtime->holds, memory_order_relaxed) &
               (HOLD_QUEUE | HOLD_ENDED) ||
           atomic_load_explicit(&runtime->tasks.posted, memory_order_relaxed);
}

static void end_promises(jsrun_runtime *runtime, jsrun_status why, void **token) {
    jsrun_entry entry;
    isolate_lock_acquire(&runtime->isolate, -1);
    runtime_enter(runtime, &entry, false, *token);
    promises_end(&entry, why);
    entry_release_host(&entry);
    runtime_leave(&entry);
    *token = entry.host_token;
    isolate_lock_release(&runtime->isolate);
}

void *runtime_loop(void *data) {
    jsrun_runtime *runtime = data;
    const jsrun_host *host = &runtime->host;
    atomic_store(&runtime->thread.identity, thread_self());
    void *token = host->attach_thread(host->data);
    while (await_work(runtime)) {
        jsrun_status state = jsrun_runtime_state(runtime);
        if (state != JSRUN_OK) runtime_cancel_calls(runtime, state, &token);
        if (state != JSRUN_OK) end_promises(runtime, state, &token);
        if (turn(runtime, &token))
            jsrun_patience_wait(&runtime->thread.patience, wants_attention, runtime);
    }
    bool closes = runtime_close_on_thread(runtime, &token);
    host->detach_thread(host->data, token);
    if (closes) runtime_closed_on_thread(runtime);
    return NULL;
}
