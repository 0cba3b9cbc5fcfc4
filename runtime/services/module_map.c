#include "services/module_map.h"

#include <stdlib.h>
#include <string.h>

#include "core/runtime_state.h"
#include "services/services.h"
#include "v8/embedder.h"
#include "v8/engine_modules.h"

/* --- URLs ------------------------------------------------------------------------------------ */

static uint16_t *copy_url(jsrun_entry *entry, jsrun_value url, size_t *length) {
    *length = jsrun_string_length(url);
    uint16_t *characters = malloc((*length + 1) * sizeof *characters);
    if (characters) jsrun_string_copy_utf16(entry, url, characters);
    return characters;
}

/* FNV-1a. */
static uint32_t hash_url(const uint16_t *url, size_t length, bool json) {
    uint32_t hash = 2166136261u + json;
    for (size_t i = 0; i < length; i++) hash = (hash ^ url[i]) * 16777619u;
    return hash;
}

jsrun_value module_url(jsrun_entry *entry, const module *module) {
    return jsrun_string_utf16(entry, module->url, module->url_length);
}

/* --- by URL ---------------------------------------------------------------------------------- */

static module **bucket_of(const module_table *table, uint32_t hash) {
    return &table->buckets[hash & (table->capacity - 1)];
}

module *module_map_find(jsrun_entry *entry, jsrun_value url, bool json) {
    const module_table *table = &entry->runtime->services->modules;
    size_t length;
    uint16_t *characters = table->capacity ? copy_url(entry, url, &length) : NULL;
    if (!characters) return NULL;
    uint32_t hash = hash_url(characters, length, json);
    module *found = *bucket_of(table, hash);
    while (found && !(found->hash == hash && found->json == json && found->url_length == length &&
                      memcmp(found->url, characters, length * sizeof *characters) == 0))
        found = found->next;
    free(characters);
    return found;
}

static bool grow(module_table *table) {
    module_table larger = *table;
    larger.capacity = table->capacity ? table->capacity * 2 : 16;
    larger.buckets = calloc(larger.capacity, sizeof *larger.buckets);
    if (!larger.buckets) return false;
    for (size_t i = 0; i < table->capacity; i++) {
        for (module *at = table->buckets[i], *next; at; at = next) {
            next = at->next;
            module **bucket = bucket_of(&larger, at->hash);
            at->next = *bucket;
            *bucket = at;
        }
    }
    free(table->buckets);
    *table = larger;
    return true;
}

static void module_free(module *module) {
    engine_module_free(module->compiled);
    free(module->url);
    free(module->requests);
    free(module->waiters);
    free(module);
}

bool module_add_waiter(module *module, module_waiter waiter) {
    if (module->waiter_count == module->waiter_capacity) {
        size_t capacity = module->waiter_capacity ? module->waiter_capacity * 2 : 4;
        module_waiter *grown = realloc(module->waiters, capacity * sizeof *grown);
        if (!grown) return false;
        module->waiters = grown;
        module->waiter_capacity = capacity;
    }
    module->waiters[module->waiter_count++] = waiter;
    return true;
}

module *module_map_add(jsrun_entry *entry, jsrun_value url, bool json) {
    module_table *table = &entry->runtime->services->modules;
    if (table->count >= table->capacity && !grow(table)) return NULL;
    module *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->json = json;
    self->url = copy_url(entry, url, &self->url_length);
    self->number = self->url ? number_map_add(&table->modules, self) : 0;
    if (!self->number) {
        module_free(self);
        return NULL;
    }
    self->hash = hash_url(self->url, self->url_length, json);
    module **bucket = bucket_of(table, self->hash);
    self->next = *bucket;
    *bucket = self;
    table->count++;
    return self;
}

void module_map_forget(module_table *table, module *module) {
    for (struct module **at = bucket_of(table, module->hash); *at; at = &(*at)->next) {
        if (*at != module) continue;
        *at = module->next;
        table->count--;
        return;
    }
}

/* --- by number ------------------------------------------------------------------------------- */

module *module_map_get(module_table *table, uint32_t number) {
    return number_map_get(&table->modules, number);
}

void module_map_remove(module_table *table, module *module) {
    module_map_forget(table, module);
    number_map_remove(&table->modules, module->number);
    module_free(module);
}

void module_map_free(module_table *table) {
    for (size_t i = 0; i < table->modules.capacity; i++)
        if (table->modules.slots[i].number) module_free(table->modules.slots[i].value);
    number_map_clear(&table->modules);
    free(table->buckets);
    table->buckets = NULL;
    table->capacity = table->count = 0;
}

/* --- what V8 asks for ------------------------------------------------------------------------ */

engine_module *runtime_module_request(jsrun_runtime *runtime, uint32_t number, uint32_t index) {
    module_table *table = &runtime->services->modules;
    const module *importer = module_map_get(table, number);
    if (!importer || index >= importer->request_count) return NULL;
    const module *imported = module_map_get(table, importer->requests[index]);
    return imported ? imported->compiled : NULL;
}

jsrun_value runtime_module_url(jsrun_runtime *runtime, uint32_t number) {
    jsrun_entry *entry = atomic_load_explicit(&runtime->inside.current, memory_order_relaxed);
    const module *module = module_map_get(&runtime->services->modules, number);
    return module ? module_url(entry, module) : NULL;
}
