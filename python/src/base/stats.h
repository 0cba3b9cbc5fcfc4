/* Counters and clocks of a runtime, and Runtime.get_stats(). */
#ifndef JSRUN_PYTHON_STATS_H
#define JSRUN_PYTHON_STATS_H

#include "base/cpython.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct runtime_object;

/* What a job is counted as. */
typedef enum stats_kind {
    STATS_NOTHING,
    STATS_EVAL_SYNC,
    STATS_EVAL_ASYNC,
    STATS_EVAL_MODULE_SYNC,
    STATS_EVAL_MODULE_ASYNC,
    STATS_CALL_FUNCTION_SYNC,
    STATS_CALL_FUNCTION_ASYNC,
    STATS_KINDS
} stats_kind;

/* How many of a kind are open now, or have been open. The code that opens and closes them changes
 * these, with the GIL held. */
typedef enum stats_gauge {
    STATS_ACTIVE_ASYNC_OPS,
    STATS_OPEN_RESOURCES,
    STATS_ACTIVE_TIMERS,
    STATS_ACTIVE_INTERVALS,
    STATS_ACTIVE_JS_STREAMS,
    STATS_ACTIVE_PY_STREAMS,
    STATS_TOTAL_JS_STREAMS,
    STATS_TOTAL_PY_STREAMS,
    STATS_BYTES_STREAMED_JS_TO_PY,
    STATS_BYTES_STREAMED_PY_TO_JS,
    STATS_GAUGES
} stats_gauge;

/* Belongs to a runtime_object. Gauges are changed with the GIL held, late_counts by any thread, and
 * the rest with the isolate. Readers hold the GIL. */
typedef struct stats {
    _Atomic(uint64_t) counts[STATS_KINDS];
    _Atomic(uint64_t) late_counts[STATS_KINDS];
    uint64_t gauges[STATS_GAUGES];
    _Atomic(uint64_t) total_time; /* in ticks of a clock of stats.c, like all times here */
    _Atomic(uint64_t) last_time;
    _Atomic(stats_kind) last_kind;
    _Atomic(uint64_t) running_since; /* 0: nothing runs that is counted */
} stats;

/* To be called once, before the first execution. */
void stats_start_clock(void);

/* Around JavaScript that runs for a call. `nested`: it runs inside other JavaScript, and then takes
 * no time of its own. stats_start() returns what stats_finish() takes, and that returns the time
 * that passed. */
uint64_t stats_start(stats *stats, bool nested);
uint64_t stats_finish(stats *stats, uint64_t began);

/* Counts a call that is over and took this much time of its own. */
void stats_count(stats *stats, stats_kind kind, uint64_t time);
/* The same without the isolate. */
void stats_count_late(stats *stats, stats_kind kind, uint64_t time);

PyObject *stats_get(PyObject *self, PyObject *unused);
extern const char stats_get_doc[];

#endif
