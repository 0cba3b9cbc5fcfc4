#include <stdlib.h>

#include "services/import.h"
#include "core/runtime_state.h"
#include "services/services.h"
#include "v8/engine_modules.h"

/* Modules below one that was evaluated before have no visits. Visits them now, to find out which
 * one an error comes from. */
static void visit_all(import *self) {
    for (size_t i = 0; i < self->visit_count; i++) {
        const module *importer = import_visited(self, i);
        for (uint32_t r = 0; r < importer->request_count; r++) {
            module *module =
                module_map_get(&self->runtime->services->modules, importer->requests[r]);
            if (module && module->compiled && !import_visit(self, module, i)) return;
        }
    }
}

/* Whether a module that this one imports has failed with the same error. */
static bool passed_on(import *self, jsrun_entry *entry, const module *module, jsrun_value error) {
    for (uint32_t i = 0; i < module->request_count; i++) {
        const struct module *imported =
            module_map_get(&self->runtime->services->modules, module->requests[i]);
        if (imported && imported != module && imported->compiled &&
            engine_module_failed_with(entry, imported->compiled, error))
            return true;
    }
    return false;
}

/* The module whose code was running, according to the error's stack; 0: the error has none. */
static uint32_t find_running(jsrun_entry *entry, jsrun_value error) {
    jsrun_value script;
    for (uint32_t frame = 0; (script = engine_error_script(entry, error, frame)); frame++) {
        const module *module = module_map_find(entry, script, false);
        if (module && module->compiled && engine_module_failed_with(entry, module->compiled, error))
            return module->number;
    }
    return 0;
}

size_t import_find_culprit(import *self, jsrun_entry *entry, jsrun_value error) {
    size_t culprit = NOBODY;
    uint32_t running = find_running(entry, error);
    visit_all(self);
    for (size_t i = 0; i < self->visit_count; i++) {
        const module *module = import_visited(self, i);
        if (module->number == running) return i;
        if (engine_module_failed_with(entry, module->compiled, error) &&
            (culprit == NOBODY || !passed_on(self, entry, module, error)))
            culprit = i;
    }
    return culprit;
}

size_t import_find_faulty(import *self, jsrun_entry *entry) {
    jsrun_value url = engine_thrown_script(entry);
    const module *faulty = url ? module_map_find(entry, url, false) : NULL;
    for (size_t i = 0; faulty && i < self->visit_count; i++)
        if (self->visits[i].module == faulty->number) return i;
    return 0;
}

/* Marks, by number, the modules that import a marked one, directly or not. */
static void mark_importers(import *self, bool *marked, uint32_t last_number) {
    for (bool more = true; more;) {
        more = false;
        for (size_t i = self->visit_count; i-- > 0;) { /* importers come before what they import */
            const module *module = import_visited(self, i);
            for (uint32_t r = 0; r < module->request_count && !marked[module->number]; r++)
                if (module->requests[r] <= last_number && marked[module->requests[r]])
                    more = marked[module->number] = true;
        }
    }
}

static bool any_failed(import *self, jsrun_entry *entry, uint32_t *last_number) {
    bool any = false;
    *last_number = 0;
    for (size_t i = 0; i < self->visit_count; i++) {
        const module *module = import_visited(self, i);
        if (module->number > *last_number) *last_number = module->number;
        any |= engine_module_state_of(entry, module->compiled) == MODULE_FAILED;
    }
    return any;
}

/* V8 evaluates a cycle as one. When one of its modules fails, those that were done before still
 * count as evaluated: to evaluate such a module again ends the process. */
jsrun_value import_find_cycle_error(import *self, jsrun_entry *entry, const module *root) {
    jsrun_value error = NULL;
    if (engine_module_state_of(entry, root->compiled) != MODULE_EVALUATED) return NULL;
    visit_all(self);
    uint32_t last;
    bool *marked = any_failed(self, entry, &last) ? calloc((size_t)last + 1, sizeof *marked) : NULL;
    if (!marked) return NULL;
    marked[root->number] = true;
    mark_importers(self, marked, last);
    for (size_t i = 0; i < self->visit_count && !error; i++)
        if (marked[import_visited(self, i)->number])
            error = engine_module_failure(entry, import_visited(self, i)->compiled);
    free(marked);
    return error;
}
