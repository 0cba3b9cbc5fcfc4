/* setTimeout() and its like: what is due when. All functions: with the isolate. */
#ifndef RUNTIME_TIMERS_H
#define RUNTIME_TIMERS_H

#include <stdatomic.h>

#include "jsrun/execute.h"
#include "base/number_map.h"

typedef struct timer timer;

typedef struct timer_queue {
    timer **heap; /* the one that is due first is the first */
    size_t count;
    size_t capacity;
    number_map by_id; /* those in the heap, and the one that runs if it repeats */
    /* How many there are of these; any thread reads. */
    atomic_size_t timeouts;
    atomic_size_t intervals;
    uint64_t sequence;
    timer *running;   /* has been taken out of the heap */
    double published; /* when the runtime thread was told that the first is due; 0: never */
} timer_queue;

/* The script's timer functions, by their number. Set info->result; false: an exception is pending in V8. */
bool timers_set(jsrun_entry *entry, jsrun_call_info *info, bool repeats);
bool timers_clear(jsrun_entry *entry, jsrun_call_info *info);

/* Runs what is due. On the runtime thread, with the isolate but no entry, and without the host lock. */
void timers_run(jsrun_runtime *runtime, void **token);

/* Frees all of them. */
void timers_free(jsrun_runtime *runtime);

#endif
