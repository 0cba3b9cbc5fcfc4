#define _GNU_SOURCE
#include "core/process.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>

#include "core/runtime.h"
#include "base/threads.h"
#include "v8/engine.h"

/* How often the watchdog looks at those who are inside an isolate; a Ctrl-C is seen after at most two. */
#define TICK_SECONDS 0.05
/* After so many ticks with nobody inside it sleeps until it is woken. */
#define IDLE_TICKS 20

static struct {
    pthread_mutex_t lock; /* the runtimes' list, and the watchdog's sleep */
    pthread_cond_t wake;
    pthread_once_t once;
    jsrun_status started;
    unsigned started_generation;
    atomic_uint generation;
    atomic_bool watchdog_asleep;
    _Atomic(double) next_look; /* when the watchdog wakes by itself */
    jsrun_runtime *runtimes;
} process = {.lock = PTHREAD_MUTEX_INITIALIZER, .once = PTHREAD_ONCE_INIT};

unsigned process_generation(void) {
    return atomic_load_explicit(&process.generation, memory_order_relaxed);
}

static void in_forked_child(void) { atomic_fetch_add(&process.generation, 1); }

/* What a look at all runtimes found. */
typedef struct watch {
    bool anybody;    /* is inside an isolate */
    double deadline; /* the nearest */
} watch;

static void check_signals_of(jsrun_runtime *runtime) {
    unsigned run = atomic_load_explicit(&runtime->inside.run_count, memory_order_relaxed);
    if (run == runtime->process.watched_run)
        runtime_request_interrupt(runtime, INTERRUPT_FOR_SIGNALS);
    runtime->process.watched_run = run;
}

static watch watch_runtimes(double now, bool check_signals) {
    watch found = {.deadline = INFINITY};
    /* Whoever sets a deadline that this look may miss is to wake the watchdog in any case. */
    atomic_store(&process.next_look, INFINITY);
    thread_fence_seldom();
    for (jsrun_runtime *runtime = process.runtimes; runtime; runtime = runtime->process.next) {
        if (!atomic_load(&runtime->inside.current)) continue;
        found.anybody = true;
        found.deadline = fmin(found.deadline, runtime_enforce_deadline(runtime, now));
        if (check_signals) check_signals_of(runtime);
    }
    return found;
}

static void sleep_until(double next_look, double now) {
    atomic_store(&process.next_look, next_look);
    if (next_look > now) thread_wait_for(&process.wake, &process.lock, next_look - now);
}

static void *watchdog(void *unused) {
    (void)unused;
    int idle = 0;
    double next_tick = 0;
    pthread_mutex_lock(&process.lock);
    for (;;) {
        double now = thread_now();
        bool tick = now >= next_tick;
        watch found = watch_runtimes(now, tick);
        if (tick) next_tick = now + TICK_SECONDS;
        if (found.anybody)
            idle = 0;
        else if (tick)
            idle++;
        if (idle <= IDLE_TICKS) {
            sleep_until(fmin(next_tick, found.deadline), now);
            continue;
        }
        /* Asleep is said before the last look: whoever enters after that look sees it. */
        atomic_store(&process.watchdog_asleep, true);
        if (!watch_runtimes(now, false).anybody) pthread_cond_wait(&process.wake, &process.lock);
        atomic_store(&process.watchdog_asleep, false);
        idle = 0;
    }
    return NULL;
}

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
    process.started = JSRUN_NO_MEMORY;
    if (pthread_atfork(NULL, NULL, in_forked_child) != 0) return;
    if (!thread_condition_init(&process.wake)) return;
    thread_fences_start();
    thread_block_signals(&before); /* V8 starts its worker threads here */
    engine_process_start();
    thread_restore_signals(&before);
    if (!thread_start(&thread, watchdog, NULL)) return;
    pthread_detach(thread);
    process.started = JSRUN_OK;
}

jsrun_status process_start(void) {
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
