#include "core/deadline.h"

#include <math.h>

#include "base/threads.h"
#include "core/process.h"
#include "core/runtime_state.h"

jsrun_limit jsrun_limit_start(double seconds) {
    return (jsrun_limit){.seconds = seconds, .until = thread_now() + seconds};
}

double runtime_paused_seconds_locked(jsrun_runtime *runtime) {
    const paused_time *paused = &runtime->locked.paused;
    return paused->seconds + (paused->since ? thread_now() - paused->since : 0);
}

double entry_set_limit(jsrun_entry *entry, const jsrun_limit *limit) {
    /* The earliest deadline counts: the one of this job, or of a job that it is nested in. */
    if (!limit || limit->seconds == 0 || limit->until >= entry->deadline) return entry->deadline;
    entry->deadline = limit->until;
    entry->timeout = limit->seconds;
    atomic_store_explicit(&entry->runtime->inside.deadline, limit->until, memory_order_relaxed);
    process_watch_until(limit->until);
    return limit->until;
}

void limit_add_pauses(jsrun_limit *limit, const jsrun_entry *entry, double deadline) {
    if (limit && limit->seconds > 0 && deadline < INFINITY)
        limit->until += entry->deadline - deadline;
}

void jsrun_entry_set_deadline(jsrun_entry *entry, double seconds) {
    jsrun_limit limit = jsrun_limit_start(seconds);
    entry_set_limit(entry, &limit);
}

void limit_move_locked(jsrun_runtime *runtime, jsrun_limit *limit, double *paused) {
    double now = runtime_paused_seconds_locked(runtime);
    limit->until += now - *paused;
    *paused = now;
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
