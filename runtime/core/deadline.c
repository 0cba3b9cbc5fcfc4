#include "core/deadline.h"

#include <math.h>

#include "base/threads.h"
#include "core/process.h"
#include "core/runtime_state.h"
#include "core/stop.h"

void jsrun_entry_set_deadline(jsrun_entry *entry, double seconds) {
    jsrun_runtime *runtime = entry->runtime;
    double deadline = thread_now() + seconds;
    /* The nearest one counts, be it of this job or of one that it is nested in. */
    if (deadline >= entry->deadline) return;
    entry->deadline = deadline;
    entry->timeout = seconds;
    atomic_store_explicit(&runtime->inside.deadline, deadline, memory_order_relaxed);
    process_watch_until(deadline);
}

double jsrun_entry_timeout(const jsrun_entry *entry) { return entry->timeout; }

double jsrun_entry_time_left(const jsrun_entry *entry) { return entry->deadline - thread_now(); }

void runtime_inherit_deadline(jsrun_entry *entry) {
    const jsrun_entry *outer = entry->outer;
    entry->deadline = outer ? outer->deadline : INFINITY;
    entry->timeout = outer ? outer->timeout : 0;
}

void runtime_drop_deadline(jsrun_entry *entry) {
    double outer = entry->outer ? entry->outer->deadline : INFINITY;
    if (entry->deadline != outer)
        atomic_store_explicit(&entry->runtime->inside.deadline, outer, memory_order_release);
}

void runtime_extend_deadlines(jsrun_entry *innermost, double seconds) {
    for (jsrun_entry *entry = innermost; entry; entry = entry->outer) entry->deadline += seconds;
    atomic_store(&innermost->runtime->inside.deadline, innermost->deadline);
}

double runtime_enforce_deadline(jsrun_runtime *runtime, double now) {
    if (atomic_load(&runtime->inside.paused) || atomic_load(&runtime->stopped_clocks))
        return INFINITY; /* the clock stands still */
    double deadline = atomic_load(&runtime->inside.deadline);
    if (deadline > now) return deadline;
    pthread_mutex_lock(&runtime->lock);
    stop_reason before = atomic_load(&runtime->stop);
    if (before == STOP_NONE) atomic_store(&runtime->stop, STOP_TIMED_OUT);
    /* The reason is there before this look: who leaves puts the outer deadline in first and looks at the
     * reason then, so a job is not stopped for one that has just ended. */
    thread_fence_seldom();
    if (atomic_load(&runtime->inside.deadline) <= now)
        runtime_stop_locked(runtime, STOP_TIMED_OUT);
    else if (before == STOP_NONE)
        atomic_store(&runtime->stop, STOP_NONE);
    pthread_mutex_unlock(&runtime->lock);
    return INFINITY; /* should it run on regardless, the next tick repeats this */
}
