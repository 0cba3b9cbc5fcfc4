/* setTimeout() and setInterval(). All functions: with the isolate. */
#ifndef RUNTIME_TIMERS_H
#define RUNTIME_TIMERS_H

#include <stdatomic.h>

#include "jsrun/execute.h"
#include "base/number_map.h"

typedef struct timer timer;

typedef struct timer_queue {
    timer **heap; /* the first one is due first */
    size_t count;
    size_t capacity;
    number_map by_id; /* the timers in the heap, and the running one if it repeats */
    /* How many there are. Any thread reads these. */
    atomic_size_t timeouts;
    atomic_size_t intervals;
    uint64_t sequence;
    timer *running;   /* the one that runs; it is not in the heap */
    double published; /* the time that the runtime thread was told; 0: none */
} timer_queue;

/* The functions that scripts call. They set info->result. False: an exception is pending in V8. */
bool timers_set(jsrun_entry *entry, jsrun_call_info *info, bool repeats);
bool timers_clear(jsrun_entry *entry, jsrun_call_info *info);

/* Runs the timers that are due. On the runtime thread, with the isolate, without an entry and the
 * host lock. */
void timers_run(jsrun_runtime *runtime, void **token);

/* Frees all timers. */
void timers_free(jsrun_runtime *runtime);

#endif
