#include "core/turns.h"

#include <math.h>

#include "base/threads.h"
#include "core/deadline.h"
#include "core/flows.h"
#include "core/process.h"
#include "core/runtime_state.h"

/* A turn is stopped when this part of the time of one who waits is over: the rest is for what that
 * one wants to run. */
#define PATIENCE 0.9
/* But a turn has this long in any case, however short the time of those who wait. */
#define LEAST_SECONDS 0.1

/* --- those who wait --------------------------------------------------------------------------- */

static double patience_end(const waiter *waiter) {
    const jsrun_limit *limit = &waiter->limit;
    return limit->seconds > 0 ? limit->until - (1 - PATIENCE) * limit->seconds : INFINITY;
}

static void note(jsrun_runtime *runtime, const waiter *waiter) {
    double end = patience_end(waiter);
    if (end < atomic_load(&runtime->asked.turn_over)) atomic_store(&runtime->asked.turn_over, end);
}

void waiter_add_locked(jsrun_runtime *runtime, waiter *waiter, const jsrun_limit *limit) {
    struct waiter **first = &runtime->locked.waiting;
    waiter->limit = limit ? *limit : (jsrun_limit){0};
    waiter->paused = runtime_paused_seconds_locked(runtime);
    waiter->before = NULL;
    waiter->next = *first;
    if (*first) (*first)->before = waiter;
    *first = waiter;
    note(runtime, waiter);
}

void waiter_remove_locked(jsrun_runtime *runtime, waiter *waiter) {
    if (waiter->limit.seconds > 0) limit_move_locked(runtime, &waiter->limit, &waiter->paused);
    if (waiter->before)
        waiter->before->next = waiter->next;
    else
        runtime->locked.waiting = waiter->next;
    if (waiter->next) waiter->next->before = waiter->before;
    if (!runtime->locked.waiting) atomic_store(&runtime->asked.turn_over, INFINITY);
}

bool waiter_is_late_locked(jsrun_runtime *runtime, waiter *waiter) {
    if (waiter->limit.seconds == 0) return false;
    limit_move_locked(runtime, &waiter->limit, &waiter->paused);
    return waiter->limit.until <= thread_now();
}

/* Those who wait for the isolate, or for anything. */
static double earliest_locked(jsrun_runtime *runtime, bool of_all) {
    double earliest = INFINITY;
    atomic_store(&runtime->asked.turn_over, INFINITY);
    for (waiter *at = runtime->locked.waiting; at; at = at->next) {
        if (at->limit.seconds > 0) limit_move_locked(runtime, &at->limit, &at->paused);
        note(runtime, at);
        if (of_all || !at->for_promise) earliest = fmin(earliest, patience_end(at));
    }
    return earliest;
}

double turn_over_at_first(jsrun_runtime *runtime) {
    double since = atomic_load(&runtime->inside.turn_since);
    if (since == 0) return INFINITY;
    return fmax(atomic_load(&runtime->asked.turn_over), since + LEAST_SECONDS);
}

bool turn_is_in_the_way_locked(jsrun_runtime *runtime) {
    if (atomic_load(&runtime->inside.turn_since) == 0) return false;
    turn_kind kind = atomic_load(&runtime->inside.turn_kind);
    return kind == TURN_STRAY || (kind == TURN_OF_ANY && !flow_any_pending_locked(runtime));
}

static double turn_over_locked(jsrun_runtime *runtime) {
    if (!turn_is_in_the_way_locked(runtime)) return INFINITY;
    bool stray = atomic_load(&runtime->inside.turn_kind) == TURN_STRAY;
    double since = atomic_load(&runtime->inside.turn_since);
    return fmax(earliest_locked(runtime, stray), since + LEAST_SECONDS);
}

double runtime_deadline_locked(jsrun_runtime *runtime) {
    return fmin(atomic_load(&runtime->inside.deadline), turn_over_locked(runtime));
}

/* --- turns ------------------------------------------------------------------------------------ */

bool turns_hold_others_up(jsrun_runtime *runtime) {
    return atomic_load(&runtime->holds) & HOLD_QUEUE || isolate_lock_is_wanted(&runtime->isolate);
}

bool turns_have_to_wait(jsrun_runtime *runtime) {
    /* No job is taken before a debugger says so, which is a turn's work to hear. */
    if (atomic_load(&runtime->holds) & HOLD_WAITING) return false;
    double soon = thread_now() + LEAST_SECONDS;
    if (atomic_load(&runtime->asked.turn_over) > soon) return false;
    pthread_mutex_lock(&runtime->lock);
    double earliest = earliest_locked(runtime, false);
    pthread_mutex_unlock(&runtime->lock);
    return earliest <= soon;
}

void turn_start(jsrun_entry *entry, const jsrun_limit *limit, turn_kind kind) {
    runtime_inside *inside = &entry->runtime->inside;
    entry->deadline = limit->seconds > 0 ? limit->until : INFINITY;
    entry->timeout = limit->seconds;
    atomic_store(&inside->deadline, entry->deadline);
    atomic_store(&inside->turn_kind, kind);
    atomic_store(&inside->turn_since, thread_now());
    process_watch_until(entry->deadline);
}

void turn_finish(jsrun_entry *entry) {
    atomic_store_explicit(&entry->runtime->inside.turn_since, 0, memory_order_release);
}
