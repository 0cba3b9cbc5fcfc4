#include "services/promises.h"

#include <stdlib.h>

#include "core/host_lock.h"
#include "core/runtime_state.h"
#include "core/scripts.h"
#include "core/stop.h"
#include "core/thread.h"
#include "services/services.h"
#include "v8/embedder.h"
#include "v8/engine_promises.h"
#include "v8/engine_values.h"

struct watch {
    watch *next; /* the next one that is settled */
    jsrun_settled settled;
    void *data;
    uint32_t number;
    bool rejected;
    void *value; /* global */
};

/* --- watching -------------------------------------------------------------------------------- */

uint32_t promises_expect(jsrun_runtime *runtime, jsrun_settled settled, void *data) {
    watch *self = runtime_thread_ensure(runtime) ? calloc(1, sizeof *self) : NULL;
    if (!self) return 0;
    *self = (watch){.settled = settled, .data = data};
    self->number = number_map_add(&runtime->services->promises.watches, self);
    if (self->number) return self->number;
    free(self);
    return 0;
}

jsrun_status jsrun_promise_watch(jsrun_entry *entry, jsrun_value promise, jsrun_settled settled,
                                 void *data, uint32_t *number) {
    *number = promises_expect(entry->runtime, settled, data);
    if (!*number) return JSRUN_NO_MEMORY;
    host_lock before = entry_offer_host(entry);
    engine_outcome outcome = engine_promise_watch(entry, promise, *number);
    jsrun_status status = entry_status_of(entry, outcome);
    entry_restore_host(entry, before);
    if (status != JSRUN_OK) jsrun_promise_unwatch(entry, *number);
    return status;
}

bool jsrun_promise_unwatch(jsrun_entry *entry, uint32_t number) {
    watch *self = number_map_remove(&entry->runtime->services->promises.watches, number);
    free(self);
    return self != NULL;
}

/* A reaction: JavaScript is on the stack, so the host cannot be called, nor can values be
 * converted. */
void runtime_promise_settled(jsrun_runtime *runtime, uint32_t number, bool rejected,
                             jsrun_value value) {
    promise_table *table = &runtime->services->promises;
    jsrun_entry *entry = atomic_load_explicit(&runtime->inside.current, memory_order_relaxed);
    watch *self = number_map_remove(&table->watches, number);
    if (!self) return;
    self->rejected = rejected;
    self->value = value ? engine_global_new(entry, value) : NULL;
    self->next = NULL;
    bool first = !table->first_settled;
    if (first)
        table->first_settled = self;
    else
        table->last_settled->next = self;
    table->last_settled = self;
    if (!first || runtime_thread_is_this(runtime)) return; /* the runtime thread looks by itself */
    pthread_mutex_lock(&runtime->lock);
    runtime->locked.promises_settled = true;
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
}

static void deliver(jsrun_entry *entry, watch *self) {
    jsrun_scope scope;
    jsrun_scope_open(entry, &scope);
    jsrun_value value = self->value ? engine_global_get(entry, self->value) : NULL;
    if (self->rejected) entry_describe(entry, value, NULL);
    jsrun_status status = self->rejected ? JSRUN_EXCEPTION : JSRUN_OK;
    if (engine_is_dead(entry->engine)) status = jsrun_runtime_state(entry->runtime);
    self->settled(entry, self->data, status, value);
    jsrun_scope_close(&scope);
    if (self->value) engine_global_free(self->value);
    free(self);
}

static void deliver_next(jsrun_entry *entry) {
    promise_table *table = &entry->runtime->services->promises;
    watch *self = table->first_settled;
    table->first_settled = self->next;
    deliver(entry, self);
}

void promises_deliver(jsrun_entry *entry) {
    jsrun_runtime *runtime = entry->runtime;
    while (runtime->services->promises.first_settled && !runtime_is_stopping(runtime))
        deliver_next(entry);
}

void promises_end(jsrun_entry *entry, jsrun_status why) {
    promise_table *table = &entry->runtime->services->promises;
    while (table->first_settled) deliver_next(entry);
    for (size_t i = 0; i < table->watches.capacity;) {
        number_slot slot = table->watches.slots[i];
        if (!slot.number) {
            i++; /* a removal may move another watch into the slot: only an empty slot is done */
            continue;
        }
        watch *self = number_map_remove(&table->watches, slot.number);
        self->settled(entry, self->data, why, NULL);
        free(self);
    }
}

void promises_free(jsrun_runtime *runtime) {
    promise_table *table = &runtime->services->promises;
    for (size_t i = 0; i < table->resolvers.capacity; i++)
        if (table->resolvers.slots[i].number) engine_global_free(table->resolvers.slots[i].value);
    number_map_clear(&table->resolvers);
    number_map_clear(&table->watches);
}

/* --- promises that the host settles ---------------------------------------------------------- */

jsrun_value jsrun_promise_new(jsrun_entry *entry, uint32_t *number) {
    promise_table *table = &entry->runtime->services->promises;
    jsrun_value resolver = engine_resolver_new(entry);
    if (!resolver || !runtime_thread_ensure(entry->runtime)) return NULL;
    void *global = engine_global_new(entry, resolver);
    *number = number_map_add(&table->resolvers, global);
    if (!*number) {
        engine_global_free(global);
        return NULL;
    }
    atomic_fetch_add(&table->operations, 1);
    return engine_resolver_promise(resolver);
}

bool jsrun_promise_settle(jsrun_entry *entry, uint32_t number, bool rejected, jsrun_value value) {
    promise_table *table = &entry->runtime->services->promises;
    void *global = number_map_remove(&table->resolvers, number);
    if (!global) return false;
    jsrun_value resolver = engine_global_get(entry, global);
    engine_global_free(global);
    engine_resolver_settle(entry, resolver, rejected, value);
    atomic_fetch_sub(&table->operations, 1);
    return true;
}
