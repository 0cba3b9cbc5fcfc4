/* Where imports start: in a script's import(), in the host; and where they go on after a wait. */
#include "core/host_lock.h"
#include "core/runtime_state.h"
#include "core/scripts.h"
#include "core/stop.h"
#include "jsrun/modules.h"
#include "services/import.h"
#include "services/services.h"
#include "v8/embedder.h"
#include "v8/engine_promises.h"
#include "v8/engine_run.h"
#include "v8/engine_values.h"

static void start(import *self, jsrun_entry *entry, jsrun_value specifier, jsrun_value referrer,
                  bool json) {
    module *root = import_obtain(self, entry, specifier, referrer, json, NOBODY);
    if (!root) return;
    self->root = root->number;
    if (import_visit(self, root, NOBODY))
        import_advance(self, entry);
    else
        import_no_memory(self, entry);
}

jsrun_value runtime_import(jsrun_runtime *runtime, jsrun_value specifier, jsrun_value referrer,
                           bool json) {
    jsrun_entry *entry = atomic_load_explicit(&runtime->inside.current, memory_order_relaxed);
    import *self = import_new(entry);
    if (!self) return NULL;
    jsrun_value promise = engine_resolver_promise(engine_global_get(entry, self->resolver));
    self->wants_namespace = self->deferred = true;
    start(self, entry, specifier, referrer, json);
    bool stopped = self->stopped;
    import_release(self);
    if (!stopped) return promise;
    engine_unwind(entry); /* without a promise V8 wants an exception */
    return NULL;
}

typedef struct host_import {
    jsrun_entry *entry;
    jsrun_value specifier;
    jsrun_value promise;
} host_import;

static bool import_for_host(void *data) {
    host_import *wanted = data;
    jsrun_entry *entry = wanted->entry;
    import *self = import_new(entry);
    if (!self) return false;
    wanted->promise = engine_resolver_promise(engine_global_get(entry, self->resolver));
    start(self, entry, wanted->specifier, jsrun_undefined(entry), false);
    bool stopped = self->stopped;
    import_release(self);
    if (stopped) wanted->promise = NULL;
    return !stopped;
}

jsrun_status jsrun_import(jsrun_entry *entry, jsrun_value specifier, jsrun_value *promise) {
    host_import wanted = {.entry = entry, .specifier = specifier};
    host_lock before;
    if (!entry_start_scripts(entry, &before)) return runtime_stop_status(entry->runtime);
    engine_outcome outcome = engine_protect(entry, import_for_host, &wanted);
    if (outcome == ENGINE_REFUSED) outcome = ENGINE_TERMINATED;
    *promise = wanted.promise;
    return entry_finish_scripts(entry, before, outcome);
}

static void source_came(jsrun_entry *entry, uint32_t number, bool rejected, jsrun_value value) {
    module *module = module_map_get(&entry->runtime->services->modules, number);
    jsrun_value error = value;
    if (!module || module->compiled) return;
    module_result result = rejected ? MODULE_THREW : module_compile(entry, module, value, &error);
    import_loaded(entry, module, result, error);
}

void runtime_react(jsrun_runtime *runtime, engine_reaction reaction, uint32_t number, bool rejected,
                   jsrun_value value) {
    jsrun_entry *entry = atomic_load_explicit(&runtime->inside.current, memory_order_relaxed);
    if (reaction == REACTION_LOADED) {
        source_came(entry, number, rejected, value);
        return;
    }
    import *self = import_use(runtime, number);
    if (!self) return;
    if (reaction == REACTION_READY) {
        self->deferred = false;
        import_advance(self, entry);
    } else if (rejected) {
        import_failed(self, entry, value);
    } else {
        import_fulfil(self, entry);
    }
    import_release(self);
}
