/* The one object of the process: V8, the list of runtimes, and when the watchdog sleeps. */
#ifndef RUNTIME_CORE_PROCESS_H
#define RUNTIME_CORE_PROCESS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/threads.h"
#include "jsrun/runtime.h"

/* A runtime's place in the list of the process. Under process.lock. */
typedef struct runtime_process {
    jsrun_runtime *next;
    unsigned watched_run; /* run_count at the watchdog's last look */
} runtime_process;

extern struct process {
    pthread_mutex_t lock; /* protects the list of runtimes and the watchdog's sleep */
    pthread_cond_t wake;
    pthread_once_t once;
    /* Written once. */
    jsrun_status started;
    atomic_bool has_begun; /* to start V8 */
    unsigned started_generation;
    /* Any thread may use these. */
    _Atomic(thread_body) watchdog;
    atomic_uint generation;
    atomic_bool watchdog_asleep;
    _Atomic(double) next_look; /* when the watchdog wakes by itself */
    /* Under `lock`. While it is held no runtime leaves the list, so the watchdog may use the
     * engines. */
    jsrun_runtime *runtimes;
} process __attribute__((visibility("hidden")));

/* Starts V8 and the watchdog once. JSRUN_FORKED in a child of the process that did. */
jsrun_status process_start(thread_body watchdog);

/* Tells a forked child from its parent: the number changes in the child. */
static inline unsigned process_generation(void) {
    return atomic_load_explicit(&process.generation, memory_order_relaxed);
}

/* Every runtime whose engine exists is in the list. */
void process_add(jsrun_runtime *runtime);
void process_remove(jsrun_runtime *runtime);

/* A thread has entered an isolate: wakes the watchdog if it sleeps until then. Mostly this costs
 * one load. */
void process_watch(void);
/* The same for a deadline: wakes the watchdog if it would sleep longer than that. */
void process_watch_until(double deadline);

#endif
