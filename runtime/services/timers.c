#include "services/timers.h"

#include <stdlib.h>

#include "base/threads.h"
#include "core/enter.h"
#include "core/flows.h"
#include "core/runtime_state.h"
#include "core/scripts.h"
#include "core/thread.h"
#include "core/turns.h"
#include "jsrun/statistics.h"
#include "services/services.h"
#include "v8/engine_inspector.h"
#include "v8/engine_promises.h"
#include "v8/engine_values.h"

struct timer {
    double due;        /* in seconds of thread_now() */
    double interval;   /* in seconds; negative: runs once */
    uint64_t sequence; /* timers that are due at the same time run in this order */
    uint32_t id;
    size_t place;    /* in the heap */
    uint32_t flow;   /* see flows.h */
    void *function;  /* a global, and so is the next */
    void *arguments; /* an array; NULL: there are none */
    uint32_t argument_count;
};

/* --- a heap by the time they are due and then by the order they were set in ------------------ */

static bool is_before(const timer *left, const timer *right) {
    return left->due != right->due ? left->due < right->due : left->sequence < right->sequence;
}

static void swap(timer **left, timer **right) {
    timer *kept = *left;
    *left = *right;
    *right = kept;
    size_t place = (*left)->place;
    (*left)->place = (*right)->place;
    (*right)->place = place;
}

static void sift_up(timer_queue *queue, size_t at) {
    for (; at && is_before(queue->heap[at], queue->heap[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&queue->heap[at], &queue->heap[(at - 1) / 2]);
}

static void sift_down(timer_queue *queue, size_t at) {
    for (;;) {
        size_t first = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < queue->count; child++)
            if (is_before(queue->heap[child], queue->heap[first])) first = child;
        if (first == at) return;
        swap(&queue->heap[at], &queue->heap[first]);
        at = first;
    }
}

static bool push(timer_queue *queue, timer *timer) {
    if (queue->count == queue->capacity) {
        size_t capacity = queue->capacity ? queue->capacity * 2 : 16;
        struct timer **heap = realloc(queue->heap, capacity * sizeof *heap);
        if (!heap) return false;
        queue->heap = heap;
        queue->capacity = capacity;
    }
    timer->sequence = ++queue->sequence;
    timer->place = queue->count;
    queue->heap[queue->count] = timer;
    sift_up(queue, queue->count++);
    return true;
}

static timer *remove_at(timer_queue *queue, size_t at) {
    timer *removed = queue->heap[at];
    queue->heap[at] = queue->heap[--queue->count];
    queue->heap[at]->place = at;
    if (at < queue->count) {
        sift_up(queue, at);
        sift_down(queue, at);
    }
    return removed;
}

/* --- life ------------------------------------------------------------------------------------ */

static void timer_free(timer *timer) {
    if (timer->function) engine_global_free(timer->function);
    if (timer->arguments) engine_global_free(timer->arguments);
    free(timer);
}

/* What comes after the delay are arguments for the function. In an array they count as JavaScript's
 * memory. */
static bool keep_arguments(timer *self, jsrun_entry *entry, const jsrun_call_info *info) {
    if (info->argument_count <= 2) return true;
    self->argument_count = (uint32_t)info->argument_count - 2;
    jsrun_value array = jsrun_array_of(entry, info->arguments + 2, self->argument_count);
    if (array) self->arguments = engine_global_new(entry, array);
    return self->arguments;
}

static timer *timer_new(jsrun_entry *entry, const jsrun_call_info *info) {
    timer *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->flow = flow_of_entry(entry);
    self->function = engine_global_new(entry, info->arguments[0]);
    if (keep_arguments(self, entry, info)) return self;
    timer_free(self);
    return NULL;
}

static atomic_size_t *count_of(timer_queue *queue, const timer *timer) {
    return timer->interval < 0 ? &queue->timeouts : &queue->intervals;
}

static bool add_id(timer_queue *queue, timer *timer) {
    timer->id = number_map_add(&queue->by_id, timer);
    if (timer->id) atomic_fetch_add(count_of(queue, timer), 1);
    return timer->id;
}

/* NULL: no timer has that id. */
static timer *remove_id(timer_queue *queue, uint32_t id) {
    timer *timer = number_map_remove(&queue->by_id, id);
    if (timer) atomic_fetch_sub(count_of(queue, timer), 1);
    return timer;
}

void timers_free(jsrun_runtime *runtime) {
    timer_queue *queue = &runtime->services->timers;
    for (size_t i = 0; i < queue->count; i++) timer_free(queue->heap[i]);
    free(queue->heap);
    queue->heap = NULL;
    queue->count = queue->capacity = 0;
    number_map_clear(&queue->by_id);
}

/* Tells the runtime thread when the first timer is due, if that has changed. */
static void publish(jsrun_runtime *runtime) {
    timer_queue *queue = &runtime->services->timers;
    double due = queue->count ? queue->heap[0]->due : 0;
    if (due == queue->published) return;
    queue->published = due;
    pthread_mutex_lock(&runtime->lock);
    runtime->locked.timer_due = due;
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
}

/* --- what scripts call ----------------------------------------------------------------------- */

static bool throw(jsrun_entry * entry, jsrun_call_info *info, const char *message) {
    info->is_exception = true;
    info->result = engine_type_error(entry, message);
    return true;
}

bool timers_set(jsrun_entry *entry, jsrun_call_info *info, bool repeats) {
    jsrun_runtime *runtime = entry->runtime;
    const char *name = repeats ? "setInterval" : "setTimeout";
    int32_t delay = 0;
    if (!info->argument_count || !jsrun_is_function(info->arguments[0]))
        return throw(entry, info, "The first argument must be a function");
    if (info->argument_count > 1 && !engine_to_int32(entry, info->arguments[1], &delay))
        return false;

    timer *self = runtime_thread_ensure(runtime) ? timer_new(entry, info) : NULL;
    if (!self) return throw(entry, info, "There is no memory for a timer");
    double seconds = delay > 0 ? delay / 1000.0 : 0;
    self->interval = repeats ? seconds : -1;
    self->due = thread_now() + seconds;
    if (!add_id(&runtime->services->timers, self) || !push(&runtime->services->timers, self)) {
        if (self->id) remove_id(&runtime->services->timers, self->id);
        timer_free(self);
        return throw(entry, info, "There is no memory for a timer");
    }
    engine_async_scheduled(runtime->engine, name, self, repeats);
    publish(runtime);
    info->result = jsrun_integer(entry, (int32_t)self->id);
    return true;
}

bool timers_clear(jsrun_entry *entry, jsrun_call_info *info) {
    jsrun_runtime *runtime = entry->runtime;
    timer_queue *queue = &runtime->services->timers;
    int32_t id = 0;
    if (info->argument_count && !engine_to_int32(entry, info->arguments[0], &id)) return false;
    timer *self = id > 0 ? remove_id(queue, (uint32_t)id) : NULL;
    if (!self) return true;
    engine_async_canceled(runtime->engine, self);
    if (self == runtime->services->timers.running) return true; /* it is freed when it has run */
    timer_free(remove_at(queue, self->place));
    publish(runtime);
    return true;
}

/* --- running --------------------------------------------------------------------------------- */

/* `arguments` has room for them. False: it took too long, or the runtime has ended. */
static bool fire(jsrun_entry *entry, timer *self, jsrun_value *arguments) {
    jsrun_runtime *runtime = entry->runtime;
    jsrun_value ignored;
    jsrun_value array = self->arguments ? engine_global_get(entry, self->arguments) : NULL;
    for (uint32_t i = 0; i < self->argument_count; i++)
        arguments[i] = jsrun_array_get(entry, array, i);
    engine_async_started(runtime->engine, self);
    engine_flow_set(entry, self->flow);
    jsrun_status status =
        jsrun_call(entry, engine_global_get(entry, self->function), jsrun_global(entry), arguments,
                   self->argument_count, &ignored);
    engine_flow_set(entry, 0);
    engine_async_finished(runtime->engine, self);
    if (status == JSRUN_EXCEPTION) runtime_report_uncaught(entry);
    return status == JSRUN_OK || status == JSRUN_EXCEPTION || status == JSRUN_STOPPED;
}

/* It is not in the queue. */
static void drop(jsrun_runtime *runtime, timer *self) {
    number_map *by_id = &runtime->services->timers.by_id;
    if (number_map_get(by_id, self->id) == self) remove_id(&runtime->services->timers, self->id);
    timer_free(self);
}

/* Intervals keep their rhythm, but calls that were missed are not repeated. */
static void repeat_or_free(jsrun_runtime *runtime, timer *self) {
    bool cleared = number_map_get(&runtime->services->timers.by_id, self->id) != self;
    if (!cleared && self->interval >= 0) {
        double now = thread_now();
        self->due += self->interval;
        if (self->due < now) self->due = now;
        if (push(&runtime->services->timers, self)) return;
    }
    drop(runtime, self);
}

/* What a turn has set that was stopped: it would go on by way of it. */
static void drop_newer(jsrun_runtime *runtime, uint64_t sequence) {
    timer_queue *queue = &runtime->services->timers;
    size_t kept = 0;
    if (queue->sequence == sequence) return;
    for (size_t at = 0; at < queue->count; at++) {
        timer *self = queue->heap[at];
        if (self->sequence > sequence) {
            engine_async_canceled(runtime->engine, self);
            remove_id(queue, self->id);
            timer_free(self);
        } else {
            self->place = kept;
            queue->heap[kept++] = self;
        }
    }
    queue->count = kept;
    for (size_t at = kept / 2; at-- > 0;) sift_down(queue, at);
}

/* What a timer's turn may take. */
typedef struct allowance {
    jsrun_limit limit;
    turn_kind kind;
} allowance;

static bool run_entered(jsrun_runtime *runtime, timer *self, const allowance *allowance,
                        jsrun_value *arguments, void **token) {
    jsrun_entry entry;
    runtime_enter(runtime, &entry, false, *token);
    turn_start(&entry, &allowance->limit, allowance->kind);
    bool went_well = fire(&entry, self, arguments);
    *token = entry.host_token;
    turn_finish(&entry);
    runtime_leave(&entry);
    return went_well;
}

static bool run_within(jsrun_runtime *runtime, timer *self, const allowance *allowance,
                       void **token) {
    jsrun_value on_stack[8];
    jsrun_value *arguments = on_stack;
    double since = thread_now();
    if (self->argument_count > sizeof on_stack / sizeof *on_stack)
        arguments = malloc(self->argument_count * sizeof *arguments);
    bool went_well = arguments && run_entered(runtime, self, allowance, arguments, token);
    if (arguments != on_stack) free(arguments);
    flow_note_turn(runtime, self->flow, since);
    return went_well;
}

static void run(jsrun_runtime *runtime, timer *self, void **token) {
    timer_queue *queue = &runtime->services->timers;
    uint64_t before = queue->sequence;
    allowance allowance;
    queue->running = self;
    if (self->interval < 0) remove_id(queue, self->id);
    bool wanted = flow_limit_turn(runtime, self->flow, &allowance.limit, &allowance.kind);
    bool went_well = wanted && run_within(runtime, self, &allowance, token);
    if (wanted && !went_well) drop_newer(runtime, before);
    queue->running = NULL;
    if (went_well)
        repeat_or_free(runtime, self);
    else
        drop(runtime, self);
}

void timers_run(jsrun_runtime *runtime, void **token) {
    timer_queue *queue = &runtime->services->timers;
    if (!queue->count) return;
    double now = thread_now();
    /* Timers that are set meanwhile wait for the next turn: other threads want the isolate too. */
    uint64_t last = queue->sequence;
    while (queue->count && queue->heap[0]->due <= now && queue->heap[0]->sequence <= last &&
           jsrun_runtime_state(runtime) == JSRUN_OK) {
        run(runtime, remove_at(queue, 0), token);
        if (turns_hold_others_up(runtime)) break;
    }
    publish(runtime);
}

/* --- for the host ---------------------------------------------------------------------------- */

jsrun_timers jsrun_runtime_timers(jsrun_runtime *runtime) {
    return (jsrun_timers){atomic_load(&runtime->services->timers.timeouts),
                          atomic_load(&runtime->services->timers.intervals)};
}
