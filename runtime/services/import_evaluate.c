#include "services/import.h"
#include "core/runtime_state.h"
#include "core/scripts.h"
#include "services/services.h"
#include "v8/engine_modules.h"
#include "v8/engine_promises.h"

void import_fulfil(import *self, jsrun_entry *entry) {
    const module *root = module_map_get(&self->runtime->services->modules, self->root);
    import_settle(self, entry, false,
                  self->wants_namespace ? engine_module_namespace(entry, root->compiled)
                                        : jsrun_integer(entry, (int32_t)self->root));
}

void import_failed(import *self, jsrun_entry *entry, jsrun_value error) {
    char name[IMPORT_SHOWN];
    size_t culprit = import_find_culprit(self, entry, error);
    if (culprit == NOBODY) {
        import_settle(self, entry, true, error);
        return;
    }
    import_name_visit(self, entry, culprit, name);
    if (import_visited(self, culprit)->stopped) {
        import_fail(
            self, entry, "evaluate", name, self->visits[culprit].importer,
            jsrun_error(entry, NULL,
                        jsrun_string_text(entry, "an earlier evaluation of it was stopped")));
    } else {
        import_fail_with(self, entry, name, self->visits[culprit].importer, false, error);
    }
}

/* V8 never goes on with modules whose evaluation was stopped. The next import of one gets a new
 * module. */
static void give_up(import *self, jsrun_entry *entry) {
    for (size_t i = 0; i < self->visit_count; i++) {
        module *module = import_visited(self, i);
        if (!engine_module_failed_with(entry, module->compiled, jsrun_null(entry))) continue;
        module->stopped = true;
        module_map_forget(&self->runtime->services->modules, module);
    }
    import_stop(self, entry);
}

static bool link_root(import *self, jsrun_entry *entry, const module *root) {
    char name[IMPORT_SHOWN];
    switch (engine_module_link(entry, root->compiled)) {
    case ENGINE_OK:
        return true;
    case ENGINE_TERMINATED:
        import_stop(self, entry);
        return false;
    case ENGINE_THREW: {
        size_t faulty = import_find_faulty(self, entry);
        import_name_visit(self, entry, faulty, name);
        import_fail_with(self, entry, name, self->visits[faulty].importer, true, entry->thrown);
        return false;
    }
    case ENGINE_REFUSED:
        break;
    }
    import_no_memory(self, entry);
    return false;
}

/* Whether a module's code is on the stack: V8 ends the process if that is evaluated again. Rejects
 * the import then. */
static bool is_running(import *self, jsrun_entry *entry) {
    char name[IMPORT_SHOWN];
    for (size_t i = 0; i < self->visit_count; i++) {
        if (engine_module_state_of(entry, import_visited(self, i)->compiled) != MODULE_EVALUATING)
            continue;
        import_name_visit(self, entry, i, name);
        import_fail(
            self, entry, "evaluate", name, self->visits[i].importer,
            jsrun_error(
                entry, NULL,
                jsrun_string_text(
                    entry, "it is being evaluated now, and its code has started this import")));
        return true;
    }
    return false;
}

static engine_outcome run_root(jsrun_entry *entry, const module *root, jsrun_value *promise) {
    jsrun_runtime *runtime = entry->runtime;
    runtime_start_script(runtime);
    runtime_pause_on_start(runtime);
    engine_outcome outcome = engine_module_evaluate(entry, root->compiled, promise);
    runtime_finish_script(runtime);
    return outcome;
}

void import_evaluate(import *self, jsrun_entry *entry) {
    const module *root = module_map_get(&self->runtime->services->modules, self->root);
    jsrun_value promise, value;
    if (is_running(self, entry)) return;
    if (engine_module_state_of(entry, root->compiled) == MODULE_COMPILED &&
        !link_root(self, entry, root))
        return;
    jsrun_value error = import_find_cycle_error(self, entry, root);
    if (error) {
        import_failed(self, entry, error);
        return;
    }
    if (run_root(entry, root, &promise) != ENGINE_OK) {
        give_up(self, entry);
        return;
    }
    switch (engine_promise_result(entry, promise, &value)) {
    case ENGINE_FULFILLED:
    case ENGINE_NO_PROMISE:
        import_fulfil(self, entry);
        break;
    case ENGINE_REJECTED:
        import_failed(self, entry, value);
        break;
    case ENGINE_PENDING:
        if (engine_promise_react(entry, promise, REACTION_EVALUATED, self->number) != ENGINE_OK)
            import_stop(self, entry);
        break;
    }
}

void import_evaluate_later(import *self, jsrun_entry *entry) {
    jsrun_value resolver = engine_resolver_new(entry);
    if (resolver) engine_resolver_settle(entry, resolver, false, jsrun_undefined(entry));
    if (!resolver || engine_promise_react(entry, engine_resolver_promise(resolver), REACTION_READY,
                                          self->number) != ENGINE_OK)
        import_stop(self, entry);
}
