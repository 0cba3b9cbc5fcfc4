/* What a module exports, for the host. */
#include "jsrun/modules.h"

#include "core/host_lock.h"
#include "core/runtime_state.h"
#include "core/scripts.h"
#include "services/services.h"
#include "v8/engine_modules.h"
#include "v8/engine_run.h"
#include "v8/engine_values.h"

typedef struct reading {
    jsrun_entry *entry;
    jsrun_exports *exports;
    uint32_t index;
    jsrun_value name;
    jsrun_value value;
} reading;

static bool read_names(void *data) {
    reading *self = data;
    self->exports->names = engine_keys(self->entry, self->exports->namespace_object);
    return self->exports->names != NULL;
}

static bool read_export(void *data) {
    reading *self = data;
    self->name = engine_get_index(self->entry, self->exports->names, self->index);
    self->value =
        self->name ? engine_get(self->entry, self->exports->namespace_object, self->name) : NULL;
    return self->value != NULL;
}

static jsrun_status read_in_scripts(reading *self, bool (*body)(void *data)) {
    host_lock before = entry_offer_host(self->entry);
    jsrun_status status = entry_status_of(self->entry, engine_protect(self->entry, body, self));
    entry_restore_host(self->entry, before);
    return status;
}

static module *module_of(jsrun_entry *entry, jsrun_value number) {
    jsrun_item item;
    char ignored[8];
    if (!engine_classify(entry, number, &item, ignored, sizeof ignored) ||
        item.kind != JSRUN_KIND_INTEGER)
        return NULL;
    return module_map_get(&entry->runtime->services->modules, (uint32_t)item.integer);
}

jsrun_status jsrun_module_exports(jsrun_entry *entry, jsrun_value number, jsrun_exports *exports) {
    const module *module = module_of(entry, number);
    reading reading = {.entry = entry, .exports = exports};
    if (!module) return JSRUN_NO_MEMORY;
    exports->namespace_object = engine_module_namespace(entry, module->compiled);
    jsrun_status status = read_in_scripts(&reading, read_names);
    if (status == JSRUN_OK) exports->count = engine_array_length(exports->names);
    return status;
}

jsrun_status jsrun_module_export(jsrun_entry *entry, const jsrun_exports *exports, uint32_t index,
                                 jsrun_value *name, jsrun_value *value) {
    jsrun_exports copy = *exports;
    reading reading = {.entry = entry, .exports = &copy, .index = index};
    jsrun_status status = read_in_scripts(&reading, read_export);
    *name = reading.name;
    *value = reading.value;
    return status;
}
