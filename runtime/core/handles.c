#include "core/handles.h"

#include <stdlib.h>

#include "core/runtime_state.h"
#include "v8/engine_values.h"

bool handle_table_init(handle_table *table) {
    *table = (handle_table){0};
    return pthread_mutex_init(&table->lock, NULL) == 0;
}

void handle_table_destroy(handle_table *table) {
    for (unsigned i = 0; i < HANDLE_CHUNKS; i++) free(table->chunks[i]);
    pthread_mutex_destroy(&table->lock);
}

/* Slots 0 … 63 are chunk 0, the next 128 are chunk 1, and so on. */
static handle_slot *slot_at(handle_table *table, uint32_t slot) {
    uint32_t position = slot / HANDLE_CHUNK + 1;
    unsigned chunk = 31u - (unsigned)__builtin_clz(position);
    uint32_t first = HANDLE_CHUNK * ((1u << chunk) - 1);
    return &table->chunks[chunk][slot - first];
}

/* NULL: the handle is stale, or of another table. */
static handle_slot *slot_of(handle_table *table, jsrun_handle handle) {
    if (handle.slot >= table->slot_count) return NULL;
    handle_slot *slot = slot_at(table, handle.slot);
    return atomic_load(&slot->generation) == handle.generation ? slot : NULL;
}

static bool grow_locked(handle_table *table) {
    unsigned chunk = 0;
    while (chunk < HANDLE_CHUNKS && table->chunks[chunk]) chunk++;
    if (chunk == HANDLE_CHUNKS) return false;
    uint32_t count = HANDLE_CHUNK << chunk;
    handle_slot *slots = calloc(count, sizeof *slots);
    if (!slots) return false;
    table->chunks[chunk] = slots;
    for (uint32_t i = count; i-- > 0;) {
        slots[i].next = table->free_list;
        table->free_list = table->slot_count + i + 1;
    }
    table->slot_count += count;
    return true;
}

jsrun_handle jsrun_handle_new(jsrun_entry *entry, jsrun_value value) {
    handle_table *table = &entry->runtime->handles;
    jsrun_handle handle = {0};
    if (engine_is_dead(entry->engine)) return handle;
    pthread_mutex_lock(&table->lock);
    if (table->free_list || grow_locked(table)) {
        handle.slot = table->free_list - 1;
        handle_slot *slot = slot_at(table, handle.slot);
        table->free_list = slot->next;
        slot->global = engine_global_new(entry, value);
        handle.generation = atomic_fetch_add(&slot->generation, 1) + 1;
    }
    pthread_mutex_unlock(&table->lock);
    return handle;
}

jsrun_value jsrun_handle_get(jsrun_entry *entry, jsrun_handle handle) {
    handle_slot *slot = slot_of(&entry->runtime->handles, handle);
    if (engine_is_dead(entry->engine)) return NULL;
    return slot && slot->global ? engine_global_get(entry, slot->global) : NULL;
}

void jsrun_handle_drop(jsrun_runtime *runtime, jsrun_handle handle) {
    handle_table *table = &runtime->handles;
    /* A forked child must not wait for this lock: a thread of its parent may have held it. */
    if (runtime_check_process(runtime) != JSRUN_OK) return;
    pthread_mutex_lock(&table->lock);
    handle_slot *slot = handle.generation & 1 ? slot_of(table, handle) : NULL;
    if (slot) {
        atomic_fetch_add(&slot->generation, 1);
        slot->next = atomic_load(&table->dropped_list);
        atomic_store(&table->dropped_list, handle.slot + 1);
    }
    pthread_mutex_unlock(&table->lock);
}

void handle_table_drain(handle_table *table) {
    if (!atomic_load_explicit(&table->dropped_list, memory_order_relaxed)) return;
    pthread_mutex_lock(&table->lock);
    uint32_t at = atomic_exchange(&table->dropped_list, 0);
    while (at) {
        handle_slot *slot = slot_at(table, at - 1);
        uint32_t next = slot->next;
        if (slot->global) engine_global_free(slot->global);
        slot->global = NULL;
        slot->next = table->free_list;
        table->free_list = at;
        at = next;
    }
    pthread_mutex_unlock(&table->lock);
}

void handle_table_clear(handle_table *table) {
    pthread_mutex_lock(&table->lock);
    for (uint32_t i = 0; i < table->slot_count; i++) {
        handle_slot *slot = slot_at(table, i);
        if (slot->global) engine_global_free(slot->global);
        slot->global = NULL;
    }
    pthread_mutex_unlock(&table->lock);
}
