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

/* What is open now or went by, for those who open and close it: changed with the GIL held. */
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

/* Part of every runtime_object. Gauges are changed with the GIL held, what else there is with the isolate, and late_counts by
 * any thread. Who reads holds the GIL. */
typedef struct stats {
    _Atomic(uint64_t) counts[STATS_KINDS];
    _Atomic(uint64_t) late_counts[STATS_KINDS];
    uint64_t gauges[STATS_GAUGES];
    _Atomic(uint64_t) total_time; /* in ticks of a clock of stats.c, like all here */
    _Atomic(uint64_t) last_time;
    _Atomic(stats_kind) last_kind;
    _Atomic(uint64_t) running_since; /* 0: nothing that is counted runs */
} stats;

/* Once, before the first execution. */
void stats_start_clock(void);

/* Around JavaScript that runs for a call, `nested` in other JavaScript or not: that which is nested takes no time of its
 * own. begin returns what end wants back, and that the time it took. */
uint64_t stats_begin(stats *stats, bool nested);
uint64_t stats_end(stats *stats, uint64_t began);

/* A call has come to its end, after so much time of its own. */
void stats_count(stats *stats, stats_kind kind, uint64_t time);
/* The same without the isolate. */
void stats_count_late(stats *stats, stats_kind kind, uint64_t time);

PyObject *stats_get(PyObject *self, PyObject *unused);
extern const char stats_get_doc[];

#endif
