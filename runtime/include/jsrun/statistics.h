/* What a runtime uses: memory and timers. */
#ifndef JSRUN_STATISTICS_H
#define JSRUN_STATISTICS_H

#include "jsrun/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All in bytes. */
typedef struct jsrun_heap {
    uint64_t total; /* reserved for the heap */
    uint64_t
        used; /* the part of it that objects take, including those that are not collected yet */
    uint64_t external; /* outside the heap, kept alive by it: ArrayBuffers and the like */
    uint64_t physical; /* the part of `total` that is backed by memory */
} jsrun_heap;

/* The numbers of this moment if nobody uses the runtime. If JavaScript runs, it is asked to look.
 * If it does not answer within a few milliseconds (it is paused, or inside a long builtin), the
 * numbers are those of the last time. JSRUN_OK, or the status that the runtime has ended with. Host
 * lock held; released meanwhile. */
jsrun_status jsrun_runtime_heap(jsrun_runtime *runtime, jsrun_heap *heap);

/* Timers that scripts have set and that may still run. Any thread, no lock. */
typedef struct jsrun_timers {
    size_t timeouts;
    size_t intervals;
} jsrun_timers;

jsrun_timers jsrun_runtime_timers(jsrun_runtime *runtime);

/* How long JavaScript outside of jobs has run so far: functions of timers, and reactions of
 * promises that were not settled by a job. Any thread, no lock. */
double jsrun_runtime_background_seconds(jsrun_runtime *runtime);
/* In a job: whether it is nested in such JavaScript. */
bool jsrun_runtime_in_background(jsrun_runtime *runtime);

#ifdef __cplusplus
}
#endif

#endif
