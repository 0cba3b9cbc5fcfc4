#include "base/stats.h"

#include "base/errors.h"
#include "base/runtime_object.h"

#include <time.h>

#include "jsrun/statistics.h"

/* --- clocks ----------------------------------------------------------------------------------- */

static uint64_t nanoseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* The processor's own counter, which runs at a constant rate. To read the system's clock twice
 * would take as long as a short call into JavaScript. */
static uint64_t ticks(void) {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t count;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(count));
    return count;
#else
    return nanoseconds();
#endif
}

static struct {
    uint64_t ticks;
    uint64_t nanoseconds;
} start;

void stats_start_clock(void) {
    if (start.ticks) return; /* another interpreter of this process has done it */
    start.ticks = ticks();
    start.nanoseconds = nanoseconds();
}

/* Computed from what both clocks have counted since the start. */
static double milliseconds_per_tick(void) {
    double passed = (double)(ticks() - start.ticks);
    return (double)(nanoseconds() - start.nanoseconds) / passed / 1e6;
}

/* --- executions ------------------------------------------------------------------------------- */

/* Each of these has one writer at a time. */
static uint64_t get(const _Atomic(uint64_t) *value) {
    return atomic_load_explicit(value, memory_order_relaxed);
}

static void set(_Atomic(uint64_t) *value, uint64_t to) {
    atomic_store_explicit(value, to, memory_order_relaxed);
}

uint64_t stats_start(stats *stats, bool nested) {
    uint64_t began = ticks();
    if (!nested && !get(&stats->running_since)) set(&stats->running_since, began);
    return began;
}

uint64_t stats_finish(stats *stats, uint64_t began) {
    uint64_t time = ticks() - began;
    if (get(&stats->running_since) == began) {
        set(&stats->total_time, get(&stats->total_time) + time);
        set(&stats->running_since, 0);
    }
    return time;
}

static void note_last(stats *stats, stats_kind kind, uint64_t time) {
    atomic_store_explicit(&stats->last_kind, kind, memory_order_relaxed);
    set(&stats->last_time, time);
}

void stats_count(stats *stats, stats_kind kind, uint64_t time) {
    set(&stats->counts[kind], get(&stats->counts[kind]) + 1);
    note_last(stats, kind, time);
}

void stats_count_late(stats *stats, stats_kind kind, uint64_t time) {
    atomic_fetch_add_explicit(&stats->late_counts[kind], 1, memory_order_relaxed);
    note_last(stats, kind, time);
}

static const char *const kind_names[STATS_KINDS] = {
    [STATS_EVAL_SYNC] = "eval_sync",
    [STATS_EVAL_ASYNC] = "eval_async",
    [STATS_EVAL_MODULE_SYNC] = "eval_module_sync",
    [STATS_EVAL_MODULE_ASYNC] = "eval_module_async",
    [STATS_CALL_FUNCTION_SYNC] = "call_function_sync",
    [STATS_CALL_FUNCTION_ASYNC] = "call_function_async",
};

/* The fields of a RuntimeStats, in their order. */
static PyObject *field_values(const stats *stats, const jsrun_heap *heap, double background) {
    const uint64_t sizes[] = {heap->total, heap->used, heap->external, heap->physical};
    uint64_t total = get(&stats->total_time);
    uint64_t running_since = get(&stats->running_since);
    if (running_since) total += ticks() - running_since;
    double rate =
        milliseconds_per_tick(); /* one rate for both times, so that they can be compared */
    const char *kind = kind_names[atomic_load(&stats->last_kind)];
    PyObject *values = PyTuple_New(4 + 3 + STATS_KINDS - 1 + STATS_GAUGES);
    if (!values) return NULL;
    Py_ssize_t at = 0;
    for (size_t i = 0; i < 4; i++)
        PyTuple_SET_ITEM(values, at++, PyLong_FromUnsignedLongLong(sizes[i]));
    PyTuple_SET_ITEM(values, at++, PyFloat_FromDouble((double)total * rate + background));
    PyTuple_SET_ITEM(values, at++, PyFloat_FromDouble((double)get(&stats->last_time) * rate));
    PyTuple_SET_ITEM(values, at++, kind ? PyUnicode_FromString(kind) : Py_NewRef(Py_None));
    for (int i = STATS_NOTHING + 1; i < STATS_KINDS; i++)
        PyTuple_SET_ITEM(
            values, at++,
            PyLong_FromUnsignedLongLong(get(&stats->counts[i]) + get(&stats->late_counts[i])));
    for (int i = 0; i < STATS_GAUGES; i++)
        PyTuple_SET_ITEM(values, at++, PyLong_FromUnsignedLongLong(stats->gauges[i]));
    if (PyErr_Occurred()) Py_CLEAR(values);
    return values;
}

/* Gauges that are counted elsewhere anyway. */
static void look_at_gauges(runtime_object *runtime) {
    jsrun_timers timers = jsrun_runtime_timers(runtime->runtime);
    uint64_t *gauges = runtime->stats.gauges;
    gauges[STATS_ACTIVE_ASYNC_OPS] = (uint64_t)PySet_GET_SIZE(runtime->operations);
    gauges[STATS_ACTIVE_TIMERS] = timers.timeouts;
    gauges[STATS_ACTIVE_INTERVALS] = timers.intervals;
}

const char stats_get_doc[] =
    "get_stats($self, /)\n--\n\n"
    "What the runtime uses and has done, as a RuntimeStats.\n"
    "\n"
    "Does not wait for JavaScript that runs or is paused in a debugger. Times include what\n"
    "has passed so far. The sizes of the heap are those of the last look at it, unless the\n"
    "script can answer within some milliseconds.\n"
    "\n"
    "Raises RuntimeClosedError if the runtime is closed.";

PyObject *stats_get(PyObject *object, PyObject *Py_UNUSED(unused)) {
    runtime_object *self = (runtime_object *)object;
    if (runtime_check(self) < 0) return NULL;
    jsrun_heap heap;
    jsrun_status status = jsrun_runtime_heap(self->runtime, &heap);
    if (status != JSRUN_OK) {
        errors_raise_status(self->state, status);
        return NULL;
    }
    PyObject *module = PyImport_ImportModule("jsrun._stats");
    PyObject *class = module ? PyObject_GetAttrString(module, "RuntimeStats") : NULL;
    look_at_gauges(self);
    PyObject *values = class ? field_values(&self->stats, &heap,
                                            jsrun_runtime_background_seconds(self->runtime) * 1000)
                             : NULL;
    PyObject *result = values ? PyObject_CallObject(class, values) : NULL;
    Py_XDECREF(module);
    Py_XDECREF(class);
    Py_XDECREF(values);
    return result;
}
