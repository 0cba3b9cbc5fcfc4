#define _GNU_SOURCE
#include "core/process.h"

#include "base/threads.h"
#include "core/runtime_state.h"
#include "v8/engine_process.h"

struct process process = {.lock = PTHREAD_MUTEX_INITIALIZER, .once = PTHREAD_ONCE_INIT};

static void in_forked_child(void) { atomic_fetch_add(&process.generation, 1); }

static JSRUN_COLD void wake_watchdog(void) {
    pthread_mutex_lock(&process.lock);
    pthread_cond_signal(&process.wake);
    pthread_mutex_unlock(&process.lock);
}

void process_watch(void) {
    if (atomic_load(&process.watchdog_asleep)) wake_watchdog();
}

void process_watch_until(double deadline) {
    thread_fence_often();
    if (deadline < atomic_load(&process.next_look)) wake_watchdog();
}

static void start(void) {
    pthread_t thread;
    thread_signals before;
    process.started_generation = process_generation();
    atomic_store(&process.has_begun, true);
    process.started = JSRUN_NO_MEMORY;
    if (pthread_atfork(NULL, NULL, in_forked_child) != 0) return;
    if (!thread_condition_init(&process.wake)) return;
    thread_fences_start();
    thread_block_signals(&before); /* V8 starts its worker threads here */
    engine_process_start();
    thread_restore_signals(&before);
    if (!thread_start(&thread, "jsrun-watchdog", atomic_load(&process.watchdog), NULL)) return;
    pthread_detach(thread);
    process.started = JSRUN_OK;
}

jsrun_status process_start(thread_body watchdog) {
    atomic_store(&process.watchdog, watchdog); /* every caller has the same one */
    if (!engine_has_addresses(atomic_load(&process.has_begun))) return JSRUN_NO_ADDRESSES;
    pthread_once(&process.once, start);
    if (process.started_generation != process_generation()) return JSRUN_FORKED;
    return process.started;
}

void process_add(jsrun_runtime *runtime) {
    pthread_mutex_lock(&process.lock);
    runtime->process.next = process.runtimes;
    process.runtimes = runtime;
    pthread_mutex_unlock(&process.lock);
}

void process_remove(jsrun_runtime *runtime) {
    pthread_mutex_lock(&process.lock);
    for (jsrun_runtime **at = &process.runtimes; *at; at = &(*at)->process.next) {
        if (*at != runtime) continue;
        *at = runtime->process.next;
        break;
    }
    pthread_mutex_unlock(&process.lock);
}

const char *jsrun_v8_version(void) { return engine_version(); }
