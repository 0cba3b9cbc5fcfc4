/* What a runtime takes: memory, and timers. */
#ifndef JSRUN_STATISTICS_H
#define JSRUN_STATISTICS_H

#include "jsrun/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All in bytes. */
typedef struct jsrun_heap {
    uint64_t total;    /* reserved for the heap */
    uint64_t used;     /* of it, by objects that live or were not collected yet */
    uint64_t external; /* outside of the heap, kept alive by it: ArrayBuffers and the like */
    uint64_t physical; /* of `total`, what is backed by memory */
} jsrun_heap;

/* Of now, if nobody uses the runtime. If JavaScript runs it is asked to look, and if it has not answered within a few
 * milliseconds (it is paused in a debugger, or inside of a long builtin) the numbers are those of the last
 * time. JSRUN_OK, or the status that the runtime has ended with. Host lock held; released meanwhile. */
jsrun_status jsrun_runtime_heap(jsrun_runtime *runtime, jsrun_heap *heap);

/* Timers that scripts have set and that may still run. Any thread, no lock. */
typedef struct jsrun_timers {
    size_t timeouts;
    size_t intervals;
} jsrun_timers;

jsrun_timers jsrun_runtime_timers(jsrun_runtime *runtime);

/* For how long JavaScript has run, so far, that no job has run: functions of timers, and reactions of promises that
 * something else than a job has settled. Any thread, no lock. */
double jsrun_runtime_background_seconds(jsrun_runtime *runtime);
/* For jobs: whether they are nested in such JavaScript. */
bool jsrun_runtime_in_background(jsrun_runtime *runtime);

#ifdef __cplusplus
}
#endif

#endif
