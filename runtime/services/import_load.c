#include <stdlib.h>

#include "services/import.h"
#include "core/runtime_state.h"
#include "services/services.h"
#include "v8/engine_modules.h"
#include "v8/engine_values.h"

void import_loaded(jsrun_entry *entry, module *module, module_result result, jsrun_value error) {
    jsrun_runtime *runtime = entry->runtime;
    module_waiter *waiters = module->waiters;
    size_t count = module->waiter_count;
    char name[IMPORT_SHOWN];
    module->waiters = NULL;
    module->waiter_count = module->waiter_capacity = 0;
    engine_text(entry, module_url(entry, module), name, sizeof name);
    if (result != MODULE_OK) module_map_remove(&runtime->services->modules, module);
    for (size_t i = 0; i < count; i++) {
        import *waiter = import_use(runtime, waiters[i].import);
        if (!waiter) continue;
        size_t index = waiters[i].visit;
        waiter->waiting--;
        if (result != MODULE_OK)
            import_not_loaded(waiter, entry, result, name, waiter->visits[index].importer, error);
        else if (import_enqueue(waiter, index))
            import_advance(waiter, entry);
        else
            import_no_memory(waiter, entry);
        import_release(waiter);
    }
    free(waiters);
}

module *import_obtain(import *self, jsrun_entry *entry, jsrun_value specifier, jsrun_value referrer,
                      bool json, size_t importer) {
    jsrun_value url, error;
    char name[IMPORT_SHOWN];
    module_result result = module_resolve(entry, specifier, referrer, &url, &error);
    if (result != MODULE_OK) {
        engine_text(entry, specifier, name, sizeof name);
        import_not_loaded(self, entry, result, name, importer, error);
        return NULL;
    }
    module *module = module_map_find(entry, url, json);
    if (module) return module;
    module = module_map_add(entry, url, json);
    if (!module) {
        import_no_memory(self, entry);
        return NULL;
    }
    result = module_load(entry, module, &error);
    if (result == MODULE_OK && !module->compiled) return module;
    import_loaded(entry, module, result, error);
    if (result == MODULE_OK) return module;
    engine_text(entry, url, name, sizeof name);
    import_not_loaded(self, entry, result, name, importer, error);
    return NULL;
}

/* The module that `importer` imports by its request number `index`. NULL as for import_obtain(). */
static module *imported(import *self, jsrun_entry *entry, module *importer, uint32_t index,
                        size_t visit) {
    module_table *table = &self->runtime->services->modules;
    module *known = module_map_get(table, importer->requests[index]);
    if (known) return known;
    jsrun_value specifier;
    bool json;
    engine_outcome outcome =
        engine_module_request(entry, importer->compiled, index, &specifier, &json);
    if (outcome != ENGINE_OK) {
        char name[IMPORT_SHOWN];
        import_name_visit(self, entry, visit, name);
        import_fail_with(self, entry, name, self->visits[visit].importer, true, entry->thrown);
        return NULL;
    }
    module *module =
        import_obtain(self, entry, specifier, module_url(entry, importer), json, visit);
    if (module) importer->requests[index] = module->number;
    return module;
}

static void look_at_imports(import *self, jsrun_entry *entry, size_t visit) {
    module *importer =
        module_map_get(&self->runtime->services->modules, self->visits[visit].module);
    /* Everything that an evaluated module needs is loaded. */
    if (engine_module_state_of(entry, importer->compiled) >= MODULE_EVALUATED) return;
    for (uint32_t i = 0; i < importer->request_count && self->resolver; i++) {
        jsrun_scope scope;
        jsrun_scope_open(entry, &scope);
        module *module = imported(self, entry, importer, i, visit);
        if (module && !import_visit(self, module, visit)) import_no_memory(self, entry);
        jsrun_scope_close(&scope);
    }
}

void import_advance(import *self, jsrun_entry *entry) {
    if (self->advancing) return;
    self->advancing = true;
    while (self->resolver && self->queue_head < self->queue_count)
        look_at_imports(self, entry, self->queue[self->queue_head++]);
    self->advancing = false;
    if (!self->resolver || self->waiting) return;
    if (self->deferred)
        import_evaluate_later(self, entry);
    else
        import_evaluate(self, entry);
}
