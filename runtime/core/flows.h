/* Flows: whose JavaScript it is. An evaluation has a number that follows its JavaScript. What goes
 * on under the number keeps to the evaluation's limit while that is pending, may go on for as long
 * as it takes when that has ended well, and has only a little time left when the evaluation was
 * given up: enough for its `finally` blocks. */
#ifndef RUNTIME_CORE_FLOWS_H
#define RUNTIME_CORE_FLOWS_H

#include "base/number_map.h"
#include "core/turns.h"
#include "v8/entry.h"

/* What was given up has this long in all. */
#define FLOW_LAST_SECONDS 0.1

/* Under `lock`. */
typedef struct flow_table {
    number_map known;   /* to flow: those that are pending, or were given up */
    struct flow *spare; /* to be used again */
    size_t limited;     /* this many are pending with a limit */
    size_t unlimited;   /* and without one */
    double latest; /* when the last of those with a limit is late; the clock is that of flows.c */
    uint32_t *given_up;    /* numbers, the oldest overwritten by the newest */
    size_t given_up_count; /* so far */
} flow_table;

/* `lock` held. An evaluation of the host's that starts; `limit` may have no seconds. */
void flow_open_locked(jsrun_runtime *runtime, uint32_t number, const jsrun_limit *limit);

/* With the isolate: the number of the JavaScript that runs. It gets one if it has none. */
uint32_t flow_of_entry(jsrun_entry *entry);
/* An outermost entry that has got one ends. */
void flow_leave_entry(jsrun_entry *entry);

/* A thread goes on waiting for what an outermost entry has begun: returns its number, which is
 * pending until flow_finish(). With the isolate. */
uint32_t flow_keep(jsrun_entry *entry);
/* Any thread. The evaluation has ended well, or was given up. */
void flow_finish(jsrun_runtime *runtime, uint32_t number, bool given_up);

/* Whether there is an evaluation that is pending and not late. `lock` held. */
bool flow_any_pending_locked(jsrun_runtime *runtime);
/* What a turn of JavaScript of that number, or of any number (0), may take. False: it is not to
 * take place, since the evaluation was given up and has had its time. */
bool flow_limit_turn(jsrun_runtime *runtime, uint32_t number, jsrun_limit *limit, turn_kind *kind);
/* Such a turn has ended; `since` is when it has started. */
void flow_note_turn(jsrun_runtime *runtime, uint32_t number, double since);

/* Whether nobody waits any more for the JavaScript that runs. With the isolate; `lock` held. */
bool flow_is_given_up_locked(jsrun_entry *entry);
void flows_free(jsrun_runtime *runtime);

#endif
