/* Turns of the background: JavaScript that no job runs, such as a timer's function, a task of V8's,
 * the reactions that these lead to. A turn ends when its limit is over. One that is part of nothing
 * that anybody waits for is also stopped when a caller waits that has little time left, for the
 * isolate or for a promise: nobody is to pay for what nobody asked for. */
#ifndef RUNTIME_CORE_TURNS_H
#define RUNTIME_CORE_TURNS_H

#include "v8/entry.h"

typedef enum turn_kind {
    TURN_OF_PENDING, /* it is part of an evaluation that is pending */
    TURN_OF_ANY,     /* it may be, if there is one */
    TURN_STRAY,      /* nobody waits for what it does */
} turn_kind;

/* Part of something that waits for the isolate. Under `lock`. */
typedef struct waiter {
    struct waiter *next;
    struct waiter *before;
    jsrun_limit limit; /* seconds 0: none */
    bool for_promise;  /* not for the isolate: what settles it needs a turn itself */
    double paused;     /* what `limit` takes into account of runtime_paused_seconds_locked() */
} waiter;

/* --- those who wait: `lock` held -------------------------------------------------------------- */

/* With for_promise set. `limit` is NULL, or has no seconds, if it waits for as long as it takes. */
void waiter_add_locked(jsrun_runtime *runtime, waiter *waiter, const jsrun_limit *limit);
/* Its limit is then as far on as the time in the debugger meanwhile. */
void waiter_remove_locked(jsrun_runtime *runtime, waiter *waiter);
/* Whether its limit is over. */
bool waiter_is_late_locked(jsrun_runtime *runtime, waiter *waiter);
/* Whether a turn runs that whoever waits may have stopped: nobody waits for what it does. */
bool turn_is_in_the_way_locked(jsrun_runtime *runtime);
/* When what runs now is to be stopped: at the innermost entry's deadline, or for the sake of those
 * who wait. */
double runtime_deadline_locked(jsrun_runtime *runtime);

/* --- without `lock` --------------------------------------------------------------------------- */

/* The latter is not before this. */
double turn_over_at_first(jsrun_runtime *runtime);

/* --- with the isolate ------------------------------------------------------------------------- */

/* Whether somebody waits for the isolate, so that the background had better let them in before it
 * goes on. */
bool turns_hold_others_up(jsrun_runtime *runtime);
/* Whether one who waits has so little time left that a turn is not to start before that one has
 * been let in. */
bool turns_have_to_wait(jsrun_runtime *runtime);
/* Starts a turn in an outermost entry, or the next one, which has the whole of its limit again. */
void turn_start(jsrun_entry *entry, const jsrun_limit *limit, turn_kind kind);
/* Before the entry is left. */
void turn_finish(jsrun_entry *entry);

#endif
