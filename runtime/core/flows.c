#include "core/flows.h"

#include <math.h>
#include <stdlib.h>

#include "base/threads.h"
#include "core/deadline.h"
#include "core/runtime_state.h"
#include "v8/embedder.h"
#include "v8/engine_promises.h"

/* Of those that were given up the last ones are remembered. */
#define MOST_GIVEN_UP 1024

/* Numbers of our own, for evaluations that the host has given none: the host's are below. */
#define OWN_NUMBERS 0x80000000u

typedef struct flow {
    struct flow *next_spare;
    double seconds; /* its limit, or 0 */
    double until;   /* when that is over: less the time in the debugger until now */
    bool given_up;
    double left; /* then: seconds */
} flow;

void jsrun_flow_follow(jsrun_entry *entry) { engine_flow_follow(entry); }

void jsrun_flow_set(jsrun_entry *entry, uint32_t number) { engine_flow_set(entry, number); }

uint32_t jsrun_flow(jsrun_entry *entry) { return engine_flow(entry); }

/* --- what is known of them -------------------------------------------------------------------- */

static flow *add_locked(flow_table *table, uint32_t number) {
    flow *self = table->spare;
    if (self)
        table->spare = self->next_spare;
    else
        self = malloc(sizeof *self);
    if (!self) return NULL;
    *self = (flow){0};
    if (number_map_put(&table->known, number, self)) return self;
    free(self);
    return NULL;
}

static void forget_locked(flow_table *table, uint32_t number) {
    flow *self = number_map_remove(&table->known, number);
    if (!self) return;
    self->next_spare = table->spare;
    table->spare = self;
}

static void note_ended_locked(flow_table *table, const flow *self) {
    if (self->seconds == 0)
        table->unlimited--;
    else if (--table->limited == 0)
        table->latest = 0;
}

static void remember_locked(flow_table *table, uint32_t number) {
    if (!table->given_up) table->given_up = calloc(MOST_GIVEN_UP, sizeof *table->given_up);
    if (!table->given_up) return;
    uint32_t *place = &table->given_up[table->given_up_count++ % MOST_GIVEN_UP];
    if (*place) forget_locked(table, *place);
    *place = number;
}

static void give_up_locked(jsrun_runtime *runtime, uint32_t number) {
    flow_table *table = &runtime->locked.flows;
    flow *self = number_map_get(&table->known, number);
    if (self && self->given_up) return;
    if (self)
        note_ended_locked(table, self);
    else
        self = add_locked(table, number);
    if (!self) return;
    self->given_up = true;
    self->left = FLOW_LAST_SECONDS;
    remember_locked(table, number);
}

/* NULL: it has ended well. */
static flow *find_locked(jsrun_runtime *runtime, uint32_t number) {
    flow *self = number_map_get(&runtime->locked.flows.known, number);
    if (!self || self->given_up || self->seconds == 0) return self;
    double until = self->until + runtime_paused_seconds_locked(runtime);
    if (until <= thread_now()) give_up_locked(runtime, number); /* whoever waits may be gone */
    return self;
}

void flow_open_locked(jsrun_runtime *runtime, uint32_t number, const jsrun_limit *limit) {
    flow_table *table = &runtime->locked.flows;
    flow *self = add_locked(table, number);
    if (!self) return;
    self->seconds = limit->seconds;
    if (limit->seconds == 0) {
        table->unlimited++;
        return;
    }
    self->until = limit->until - runtime_paused_seconds_locked(runtime);
    table->limited++;
    table->latest = fmax(table->latest, self->until);
}

bool flow_any_pending_locked(jsrun_runtime *runtime) {
    const flow_table *table = &runtime->locked.flows;
    if (table->unlimited || !table->limited) return table->unlimited;
    return table->latest + runtime_paused_seconds_locked(runtime) > thread_now();
}

void flow_finish(jsrun_runtime *runtime, uint32_t number, bool given_up) {
    flow_table *table = &runtime->locked.flows;
    if (!number) return;
    pthread_mutex_lock(&runtime->lock);
    if (given_up) {
        give_up_locked(runtime, number);
    } else {
        flow *self = number_map_get(&table->known, number);
        if (self && !self->given_up) {
            note_ended_locked(table, self);
            forget_locked(table, number);
        }
    }
    pthread_mutex_unlock(&runtime->lock);
}

void jsrun_flow_abandon(jsrun_runtime *runtime, uint32_t number) {
    if (runtime_check_process(runtime) == JSRUN_OK) flow_finish(runtime, number, true);
}

void jsrun_flow_finish(jsrun_runtime *runtime, uint32_t number) {
    if (runtime_check_process(runtime) == JSRUN_OK) flow_finish(runtime, number, false);
}

void flows_free(jsrun_runtime *runtime) {
    flow_table *table = &runtime->locked.flows;
    for (size_t i = 0; i < table->known.capacity; i++) free(table->known.slots[i].value);
    for (flow *at = table->spare, *next; at; at = next) {
        next = at->next_spare;
        free(at);
    }
    number_map_clear(&table->known);
    free(table->given_up);
    *table = (flow_table){0};
}

/* --- entries ---------------------------------------------------------------------------------- */

static uint32_t open(jsrun_entry *entry) {
    jsrun_runtime *runtime = entry->runtime;
    uint32_t number = OWN_NUMBERS | ++runtime->holder.last_flow;
    jsrun_limit limit = {.seconds = entry->timeout, .until = entry->deadline};
    pthread_mutex_lock(&runtime->lock);
    flow_open_locked(runtime, number, &limit);
    pthread_mutex_unlock(&runtime->lock);
    return number;
}

uint32_t flow_of_entry(jsrun_entry *entry) {
    uint32_t number = engine_flow(entry);
    if (number) return number;
    while (entry->outer) entry = entry->outer;
    if (!entry->flow) entry->flow = open(entry);
    engine_flow_set(entry, entry->flow);
    return entry->flow;
}

void flow_leave_entry(jsrun_entry *entry) {
    engine_flow_set(entry, 0);
    if (!entry->flow_kept) flow_finish(entry->runtime, entry->flow, entry->stopped);
}

uint32_t flow_keep(jsrun_entry *entry) {
    if (!entry->flow) entry->flow = open(entry);
    entry->flow_kept = true;
    return entry->flow;
}

/* --- turns ------------------------------------------------------------------------------------ */

static jsrun_limit seconds_from(double now, double seconds) {
    return (jsrun_limit){.seconds = seconds, .until = now + seconds};
}

/* Of a turn that may be part of any evaluation that is pending. */
static jsrun_limit limit_of_any_locked(jsrun_runtime *runtime, double now) {
    const flow_table *table = &runtime->locked.flows;
    double seconds = runtime->turn_seconds;
    if (seconds == 0 && (table->unlimited || !table->limited)) return (jsrun_limit){0};
    jsrun_limit least = seconds_from(now, seconds > 0 ? seconds : FLOW_LAST_SECONDS);
    double latest = table->limited ? table->latest + runtime_paused_seconds_locked(runtime) : 0;
    if (latest <= least.until) return least;
    return (jsrun_limit){.seconds = latest - now, .until = latest};
}

static bool limit_turn_locked(jsrun_runtime *runtime, uint32_t number, jsrun_limit *limit,
                              turn_kind *kind) {
    double now = thread_now();
    double seconds = runtime->turn_seconds;
    const flow *self = find_locked(runtime, number);
    if (self && self->given_up) {
        *kind = TURN_STRAY;
        *limit = seconds_from(now, self->left);
        return self->left > 0;
    }
    if (self) {
        double until = self->until + runtime_paused_seconds_locked(runtime);
        *kind = TURN_OF_PENDING;
        *limit = (jsrun_limit){.seconds = self->seconds, .until = until};
    } else if (number) {
        *kind = TURN_STRAY;
        *limit = seconds > 0 ? seconds_from(now, seconds) : (jsrun_limit){0};
    } else {
        *kind = TURN_OF_ANY;
        *limit = limit_of_any_locked(runtime, now);
    }
    return true;
}

bool flow_limit_turn(jsrun_runtime *runtime, uint32_t number, jsrun_limit *limit, turn_kind *kind) {
    pthread_mutex_lock(&runtime->lock);
    bool takes_place = limit_turn_locked(runtime, number, limit, kind);
    pthread_mutex_unlock(&runtime->lock);
    return takes_place;
}

void flow_note_turn(jsrun_runtime *runtime, uint32_t number, double since) {
    pthread_mutex_lock(&runtime->lock);
    flow *self = number_map_get(&runtime->locked.flows.known, number);
    if (self && self->given_up) self->left -= thread_now() - since;
    pthread_mutex_unlock(&runtime->lock);
}

bool flow_is_given_up_locked(jsrun_entry *entry) {
    jsrun_runtime *runtime = entry->runtime;
    uint32_t number = runtime->locked.flows.known.count ? engine_flow(entry) : 0;
    const flow *self = number ? find_locked(runtime, number) : NULL;
    return self && self->given_up;
}
