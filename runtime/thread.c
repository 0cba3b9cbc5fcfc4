/* The runtime thread: the isolate's idle life. */
#include <stdlib.h>

#include "runtime.h"
#include "threads.h"

bool runtime_thread_is_this(jsrun_runtime *runtime) {
    return atomic_load(&runtime->thread_identity) == thread_self();
}

void runtime_run_call(jsrun_runtime *runtime, call *item, void **token) {
    jsrun_entry entry;
    pthread_mutex_lock(&runtime->lock);
    item->state = CALL_RUNNING;
    item->outer = runtime->running_call;
    runtime->running_call = item;
    pthread_mutex_unlock(&runtime->lock);

    runtime_enter(runtime, &entry, false, *token);
    entry_acquire_host(&entry);
    item->job(&entry, item->data);
    entry_release_host(&entry);
    *token = entry.host_token;
    runtime_leave(&entry);
    if (runtime_script_depth(runtime) == 0) runtime_settle_stop(runtime);

    bool posted = !item->thread;
    pthread_mutex_lock(&runtime->lock);
    runtime->running_call = item->outer;
    item->status = JSRUN_OK;
    item->state = CALL_DONE;
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
    if (posted) free(item);
}

static bool takes_calls_locked(jsrun_runtime *runtime) {
    return runtime->first_call && !(atomic_load(&runtime->holds) & HOLD_WAITING);
}

static call *take_call(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    call *item = takes_calls_locked(runtime) ? runtime->first_call : NULL;
    if (item) {
        runtime->first_call = item->next;
        if (!item->next) runtime->last_call = NULL;
        item->next = NULL;
    }
    pthread_mutex_unlock(&runtime->lock);
    return item;
}

/* The queue holds callers back until its last job has been run, not only taken. */
static void note_empty_queue(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    if (!runtime->first_call) atomic_fetch_and(&runtime->holds, ~(unsigned)HOLD_QUEUE);
    pthread_mutex_unlock(&runtime->lock);
}

static bool has_work_locked(jsrun_runtime *runtime) {
    return runtime->phase != OPEN || runtime->first_inbound || runtime->tasks_posted ||
           takes_calls_locked(runtime) || (runtime->first_call && runtime->end_status != JSRUN_OK);
}

/* False: the runtime closes. */
static bool await_work(jsrun_runtime *runtime) {
    for (;;) {
        double next_task = engine_next_task(runtime->engine); /* locks; not under ours */
        pthread_mutex_lock(&runtime->lock);
        if (!has_work_locked(runtime) && next_task != 0) {
            if (next_task > 0)
                thread_wait_for(&runtime->changed, &runtime->lock, next_task);
            else
                pthread_cond_wait(&runtime->changed, &runtime->lock);
        }
        bool work = has_work_locked(runtime) || next_task == 0;
        bool open = runtime->phase == OPEN;
        runtime->tasks_posted = false;
        pthread_mutex_unlock(&runtime->lock);
        if (!open) return false;
        if (work) return true;
    }
}

static void run_idle_work(jsrun_runtime *runtime, void **token) {
    jsrun_entry entry;
    runtime_enter(runtime, &entry, false, *token);
    runtime_serve_sessions(runtime);
    engine_run_tasks(runtime->engine);
    /* Promises settled by a task or by a debugger's evaluation have their jobs run now. */
    engine_run_microtasks(&entry);
    *token = entry.host_token;
    runtime_leave(&entry);
}

static void turn(jsrun_runtime *runtime, void **token) {
    isolate_lock_acquire(&runtime->isolate, -1);
    run_idle_work(runtime, token);
    while (jsrun_runtime_state(runtime) == JSRUN_OK) {
        call *item = take_call(runtime);
        if (!item) break;
        runtime_run_call(runtime, item, token);
        run_idle_work(runtime, token);
    }
    isolate_lock_release(&runtime->isolate);
    note_empty_queue(runtime);
}

static void *run_thread(void *data) {
    jsrun_runtime *runtime = data;
    const jsrun_host *host = &runtime->host;
    atomic_store(&runtime->thread_identity, thread_self());
    void *token = host->attach_thread(host->data);
    while (await_work(runtime)) {
        jsrun_status state = jsrun_runtime_state(runtime);
        if (state != JSRUN_OK) runtime_cancel_calls(runtime, state, &token);
        turn(runtime, &token);
    }
    bool closes = runtime_close_on_thread(runtime, &token);
    host->detach_thread(host->data, token);
    if (closes) runtime_closed_on_thread(runtime);
    return NULL;
}

bool runtime_thread_start_locked(jsrun_runtime *runtime) {
    if (!runtime->thread_started)
        runtime->thread_started = thread_start(&runtime->thread, run_thread, runtime);
    return runtime->thread_started;
}

void runtime_tasks_posted(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    runtime->tasks_posted = true;
    if (runtime->thread_started) pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
}
