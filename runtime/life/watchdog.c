/* The watchdog stops JavaScript whose deadline has passed, and lets the host look at its
 * signals. */
#include "life/watchdog.h"

#include <math.h>

#include "core/deadline.h"
#include "core/process.h"
#include "core/runtime_state.h"
#include "core/stop.h"

/* How often the watchdog looks at the runtimes. Ctrl-C is seen after two ticks at most. */
#define TICK_SECONDS 0.05
/* After this many ticks with no thread in an isolate it sleeps until it is woken. */
#define IDLE_TICKS 20

/* What a look at all runtimes found. */
typedef struct watch {
    bool anybody;    /* a thread is in an isolate */
    double deadline; /* the earliest */
} watch;

static void check_signals_of(jsrun_runtime *runtime) {
    unsigned run = atomic_load_explicit(&runtime->inside.run_count, memory_order_relaxed);
    if (run == runtime->process.watched_run)
        runtime_request_interrupt(runtime, INTERRUPT_FOR_SIGNALS);
    runtime->process.watched_run = run;
}

static watch watch_runtimes(double now, bool check_signals) {
    watch found = {.deadline = INFINITY};
    /* A thread that sets a deadline during this look, which may miss it, wakes the watchdog in any
     * case. */
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

void *watchdog(void *unused) {
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
        /* It says "asleep" before the last look: a thread that enters after that look sees it. */
        atomic_store(&process.watchdog_asleep, true);
        if (!watch_runtimes(now, false).anybody) pthread_cond_wait(&process.wake, &process.lock);
        atomic_store(&process.watchdog_asleep, false);
        idle = 0;
    }
    return NULL;
}
