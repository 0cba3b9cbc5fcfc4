#include "services/import.h"

#include <stdlib.h>
#include <string.h>

#include "core/runtime_state.h"
#include "services/services.h"
#include "v8/engine_inspector.h"
#include "v8/engine_promises.h"
#include "v8/engine_values.h"

import *import_new(jsrun_entry *entry){jsrun_runtime *runtime = entry->runtime;
jsrun_value resolver = engine_resolver_new(entry);
import *self = resolver ? calloc(1, sizeof *self) : NULL;
if (!self) return NULL;
self->runtime = runtime;
self->users = 1;
self->number = number_map_add(&runtime->services->modules.imports, self);
if (!self->number) {
    free(self);
    return NULL;
}
self->resolver = engine_global_new(entry, resolver);
return self;
}

static void import_free(import *self) {
    if (self->resolver) engine_global_free(self->resolver);
    free(self->visits);
    free(self->seen);
    free(self->queue);
    free(self);
}

void import_release(import *self) {
    if (--self->users || self->resolver) return;
    number_map_remove(&self->runtime->services->modules.imports, self->number);
    import_free(self);
}

import *import_use(jsrun_runtime *runtime, uint32_t number){
    import *self = number_map_get(&runtime->services->modules.imports, number);
if (!self || !self->resolver) return NULL;
self->users++;
return self;
}

void imports_free(jsrun_runtime *runtime) {
    number_map *imports = &runtime->services->modules.imports;
    for (size_t i = 0; i < imports->capacity; i++)
        if (imports->slots[i].number) import_free(imports->slots[i].value);
    number_map_clear(imports);
}

void import_settle(import *self, jsrun_entry *entry, bool rejected, jsrun_value value) {
    if (!self->resolver) return;
    jsrun_value resolver = engine_global_get(entry, self->resolver);
    engine_global_free(self->resolver);
    self->resolver = NULL;
    /* Debuggers are told here: the promise is the host's, not a script's, so V8 does not tell
     * them. */
    if (rejected && !self->wants_namespace && !self->stopped) engine_tell_rejection(entry, value);
    engine_resolver_settle(entry, resolver, rejected, value);
}

/* --- visits ---------------------------------------------------------------------------------- */

/* Grows an array so that it has room for one more element. */
static bool reserve(void **array, size_t *capacity, size_t count, size_t size) {
    if (count < *capacity) return true;
    size_t larger = *capacity ? *capacity * 2 : 16;
    void *grown = realloc(*array, larger * size);
    if (!grown) return false;
    *array = grown;
    *capacity = larger;
    return true;
}

bool import_enqueue(import *self, size_t index) {
    if (!reserve((void **)&self->queue, &self->queue_capacity, self->queue_count,
                 sizeof *self->queue))
        return false;
    self->queue[self->queue_count++] = index;
    return true;
}

/* Marks a module as visited. *before: whether it was marked already. False: out of memory. */
static bool mark_seen(import *self, uint32_t number, bool *before) {
    size_t byte = number / 8;
    if (byte >= self->seen_size) {
        size_t size = byte * 2 + 16;
        uint8_t *grown = realloc(self->seen, size);
        if (!grown) return false;
        memset(grown + self->seen_size, 0, size - self->seen_size);
        self->seen = grown;
        self->seen_size = size;
    }
    uint8_t bit = (uint8_t)(1u << number % 8);
    *before = self->seen[byte] & bit;
    self->seen[byte] |= bit;
    return true;
}

bool import_visit(import *self, module *module, size_t importer) {
    bool before;
    if (!mark_seen(self, module->number, &before)) return false;
    if (before) return true;
    if (!reserve((void **)&self->visits, &self->visit_capacity, self->visit_count,
                 sizeof *self->visits))
        return false;
    size_t index = self->visit_count++;
    self->visits[index] = (visit){module->number, importer};
    if (module->compiled) return import_enqueue(self, index);
    if (!module_add_waiter(module, (module_waiter){self->number, index})) return false;
    self->waiting++;
    return true;
}

module *import_visited(const import *self, size_t index) {
    return module_map_get(&self->runtime->services->modules, self->visits[index].module);
}
