/* Imports: the modules that one needs are loaded, then linked, then evaluated. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jsrun/modules.h"
#include "services/modules.h"
#include "core/runtime.h"
#include "services/services.h"
#include "v8/embedder.h"

/* A module that an import has met, and the one that led to it. */
typedef struct visit {
    uint32_t module;
    size_t importer; /* a visit, or NOBODY */
} visit;

#define NOBODY SIZE_MAX

/* Made by import_new(), freed by import_release() once it is settled and no function uses it. */
typedef struct import {
    jsrun_runtime *runtime;
    uint32_t number;
    unsigned users;
    void *resolver;       /* global; NULL: it is settled */
    bool wants_namespace; /* as its result; else the module's number */
    bool deferred;        /* import() is on the stack: nothing is evaluated yet */
    bool stopped;
    bool advancing; /* advance() is on the stack */
    uint32_t root;
    visit *visits;
    size_t visit_count;
    size_t visit_capacity;
    uint8_t *seen; /* a bit for each module's number */
    size_t seen_size;
    size_t waiting; /* visits of modules whose source is on its way */
    size_t *queue;  /* visits whose imports have to be looked at */
    size_t queue_head;
    size_t queue_count;
    size_t queue_capacity;
} import;

/* --- life ------------------------------------------------------------------------------------------------ */

static import *import_new(jsrun_entry *entry) {
    jsrun_runtime *runtime = entry->runtime;
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

static void import_release(import *self) {
    if (--self->users || self->resolver) return;
    number_map_remove(&self->runtime->services->modules.imports, self->number);
    import_free(self);
}

/* The one of this number, if it is not settled; ended with import_release(). */
static import *import_use(jsrun_runtime *runtime, uint32_t number) {
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

static void settle(import *self, jsrun_entry *entry, bool rejected, jsrun_value value) {
    if (!self->resolver) return;
    jsrun_value resolver = engine_global_get(entry, self->resolver);
    engine_global_free(self->resolver);
    self->resolver = NULL;
    /* Nobody else tells debuggers: the promise is the host's, not a script's. */
    if (rejected && !self->wants_namespace && !self->stopped) engine_tell_rejection(entry, value);
    engine_resolver_settle(entry, resolver, rejected, value);
}

/* --- telling what went wrong ------------------------------------------------------------------------------- */

/* As much of a URL or specifier as is shown. */
enum { SHOWN = 240, CHAIN = 4096 };

static void name_visit(import *self, jsrun_entry *entry, size_t index, char *text) {
    const module *module =
        module_map_get(&self->runtime->services->modules, self->visits[index].module);
    strcpy(text, "?");
    if (module) engine_text(entry, module_url(entry, module), text, SHOWN);
}

/* `name`, a line of its own, and what imports it; in a buffer of CHAIN bytes. */
static void write_chain(import *self, jsrun_entry *entry, const char *name, size_t importer,
                        char *text) {
    size_t used = (size_t)snprintf(text, CHAIN, "%s", name);
    for (; importer != NOBODY && used + SHOWN + 1 < CHAIN;
         importer = self->visits[importer].importer) {
        char importer_name[SHOWN];
        name_visit(self, entry, importer, importer_name);
        used += (size_t)snprintf(text + used, CHAIN - used, "\n%s", importer_name);
    }
}

/* The same as a sentence's beginning. */
static void write_failure(const char *verb, const char *chain, char *text, size_t size) {
    size_t length = strcspn(chain, "\n");
    size_t used =
        (size_t)snprintf(text, size, "Cannot %s module \"%.*s\"", verb, (int)length, chain);
    bool first = true;
    for (chain += length; *chain && used + SHOWN + 32 < size; chain += length) {
        chain++;
        length = strcspn(chain, "\n");
        used += (size_t)snprintf(text + used, size - used, "%simported by \"%.*s\"",
                                 first ? " (" : ", ", (int)length, chain);
        first = false;
    }
    if (!first) snprintf(text + used, size - used, ")");
}

/* `name` is what could not be loaded or evaluated, and is not, or is no longer, a visit. */
static void fail(import *self, jsrun_entry *entry, const char *verb, const char *name,
                 size_t importer, jsrun_value origin) {
    char chain[CHAIN], what[CHAIN + 512];
    write_chain(self, entry, name, importer, chain);
    write_failure(verb, chain, what, sizeof what);
    jsrun_value error = engine_module_error(entry, what, origin);
    engine_module_blame(entry, error, chain, true);
    settle(self, entry, true, error);
}

/* `error` tells by itself what is wrong with the module; where it comes from is added. */
static void fail_with(import *self, jsrun_entry *entry, const char *name, size_t importer,
                      bool loading, jsrun_value error) {
    char chain[CHAIN];
    write_chain(self, entry, name, importer, chain);
    engine_module_blame(entry, error, chain, loading);
    settle(self, entry, true, error);
}

/* Whoever waits for it besides the job that was stopped is not left waiting; that job needs no word of it. */
static void stop(import *self, jsrun_entry *entry) {
    self->stopped = true;
    if (!self->resolver) return;
    engine_promise_handled(engine_resolver_promise(engine_global_get(entry, self->resolver)));
    settle(self, entry, true,
           jsrun_error(entry, NULL, jsrun_string_text(entry, "the import was stopped")));
}

static void not_loaded(import *self, jsrun_entry *entry, module_result result, const char *name,
                       size_t importer, jsrun_value error) {
    if (result == MODULE_STOPPED)
        stop(self, entry);
    else if (result == MODULE_INVALID)
        fail_with(self, entry, name, importer, true, error);
    else
        fail(self, entry, "load", name, importer, error);
}

static void no_memory(import *self, jsrun_entry *entry) {
    settle(self, entry, true, jsrun_error(entry, NULL, jsrun_string_text(entry, "out of memory")));
}

/* --- loading ------------------------------------------------------------------------------------------------ */

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

static bool enqueue(import *self, size_t index) {
    if (!reserve((void **)&self->queue, &self->queue_capacity, self->queue_count,
                 sizeof *self->queue))
        return false;
    self->queue[self->queue_count++] = index;
    return true;
}

/* Marks a module as met. *before: it was. False: out of memory. */
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

/* False: out of memory. */
static bool visit_module(import *self, module *module, size_t importer) {
    bool before;
    if (!mark_seen(self, module->number, &before)) return false;
    if (before) return true;
    if (!reserve((void **)&self->visits, &self->visit_capacity, self->visit_count,
                 sizeof *self->visits))
        return false;
    size_t index = self->visit_count++;
    self->visits[index] = (visit){module->number, importer};
    if (module->compiled) return enqueue(self, index);
    if (!module_add_waiter(module, (module_waiter){self->number, index})) return false;
    self->waiting++;
    return true;
}

static void advance(import *self, jsrun_entry *entry);

/* A module is compiled, or its source is not to be had: then it goes. */
static void loaded(jsrun_entry *entry, module *module, module_result result, jsrun_value error) {
    jsrun_runtime *runtime = entry->runtime;
    module_waiter *waiters = module->waiters;
    size_t count = module->waiter_count;
    char name[SHOWN];
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
            not_loaded(waiter, entry, result, name, waiter->visits[index].importer, error);
        else if (enqueue(waiter, index))
            advance(waiter, entry);
        else
            no_memory(waiter, entry);
        import_release(waiter);
    }
    free(waiters);
}

/* Finds the module, or begins to load it. NULL: the import has come to its end. */
static module *obtain(import *self, jsrun_entry *entry, jsrun_value specifier, jsrun_value referrer,
                      bool json, size_t importer) {
    jsrun_value url, error;
    char name[SHOWN];
    module_result result = module_resolve(entry, specifier, referrer, &url, &error);
    if (result != MODULE_OK) {
        engine_text(entry, specifier, name, sizeof name);
        not_loaded(self, entry, result, name, importer, error);
        return NULL;
    }
    module *module = module_map_find(entry, url, json);
    if (module) return module;
    module = module_map_add(entry, url, json);
    if (!module) {
        no_memory(self, entry);
        return NULL;
    }
    result = module_load(entry, module, &error);
    if (result == MODULE_OK && !module->compiled) return module;
    loaded(entry, module, result, error);
    if (result == MODULE_OK) return module;
    engine_text(entry, url, name, sizeof name);
    not_loaded(self, entry, result, name, importer, error);
    return NULL;
}

/* What the module's request number `index` means. NULL as obtain(). */
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
        char name[SHOWN];
        name_visit(self, entry, visit, name);
        fail_with(self, entry, name, self->visits[visit].importer, true, entry->thrown);
        return NULL;
    }
    module *module = obtain(self, entry, specifier, module_url(entry, importer), json, visit);
    if (module) importer->requests[index] = module->number;
    return module;
}

static void look_at_imports(import *self, jsrun_entry *entry, size_t visit) {
    module *importer =
        module_map_get(&self->runtime->services->modules, self->visits[visit].module);
    /* Of what has been evaluated everything is there. */
    if (engine_module_state_of(entry, importer->compiled) >= MODULE_EVALUATED) return;
    for (uint32_t i = 0; i < importer->request_count && self->resolver; i++) {
        jsrun_scope scope;
        jsrun_scope_open(entry, &scope);
        module *module = imported(self, entry, importer, i, visit);
        if (module && !visit_module(self, module, visit)) no_memory(self, entry);
        jsrun_scope_close(&scope);
    }
}

/* --- linking and evaluating ------------------------------------------------------------------------------------ */

static module *visited(import *self, size_t index) {
    return module_map_get(&self->runtime->services->modules, self->visits[index].module);
}

static void fulfil(import *self, jsrun_entry *entry) {
    const module *root = module_map_get(&self->runtime->services->modules, self->root);
    settle(self, entry, false,
           self->wants_namespace ? engine_module_namespace(entry, root->compiled)
                                 : jsrun_integer(entry, (int32_t)self->root));
}

/* What was evaluated before has not been gone through: now it is, to find out where an error comes from. */
static void visit_all(import *self) {
    for (size_t i = 0; i < self->visit_count; i++) {
        const module *importer = visited(self, i);
        for (uint32_t r = 0; r < importer->request_count; r++) {
            module *module =
                module_map_get(&self->runtime->services->modules, importer->requests[r]);
            if (module && module->compiled && !visit_module(self, module, i)) return;
        }
    }
}

/* Whether a module that this one imports has failed for the same reason. */
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

/* The visit of the module that threw `error`; NOBODY: no module that this import needs. */
static size_t find_culprit(import *self, jsrun_entry *entry, jsrun_value error) {
    size_t culprit = NOBODY;
    uint32_t running = find_running(entry, error);
    visit_all(self);
    for (size_t i = 0; i < self->visit_count; i++) {
        const module *module = visited(self, i);
        if (module->number == running) return i;
        if (engine_module_failed_with(entry, module->compiled, error) &&
            (culprit == NOBODY || !passed_on(self, entry, module, error)))
            culprit = i;
    }
    return culprit;
}

static void failed(import *self, jsrun_entry *entry, jsrun_value error) {
    char name[SHOWN];
    size_t culprit = find_culprit(self, entry, error);
    if (culprit == NOBODY) {
        settle(self, entry, true, error);
        return;
    }
    name_visit(self, entry, culprit, name);
    if (visited(self, culprit)->stopped) {
        fail(self, entry, "evaluate", name, self->visits[culprit].importer,
             jsrun_error(entry, NULL,
                         jsrun_string_text(entry, "it was stopped while it was evaluated before")));
    } else {
        fail_with(self, entry, name, self->visits[culprit].importer, false, error);
    }
}

/* V8 has given up what was being evaluated, for good: who imports it next gets a new one. */
static void give_up(import *self, jsrun_entry *entry) {
    for (size_t i = 0; i < self->visit_count; i++) {
        module *module = visited(self, i);
        if (!engine_module_failed_with(entry, module->compiled, jsrun_null(entry))) continue;
        module->stopped = true;
        module_map_forget(&self->runtime->services->modules, module);
    }
    stop(self, entry);
}

/* The module that a SyntaxError of linking is about. */
static size_t find_faulty(import *self, jsrun_entry *entry) {
    jsrun_value url = engine_thrown_script(entry);
    const module *faulty = url ? module_map_find(entry, url, false) : NULL;
    for (size_t i = 0; faulty && i < self->visit_count; i++)
        if (self->visits[i].module == faulty->number) return i;
    return 0;
}

static bool link(import *self, jsrun_entry *entry, const module *root) {
    char name[SHOWN];
    switch (engine_module_link(entry, root->compiled)) {
    case ENGINE_OK:
        return true;
    case ENGINE_TERMINATED:
        stop(self, entry);
        return false;
    case ENGINE_THREW: {
        size_t faulty = find_faulty(self, entry);
        name_visit(self, entry, faulty, name);
        fail_with(self, entry, name, self->visits[faulty].importer, true, entry->thrown);
        return false;
    }
    case ENGINE_REFUSED:
        break;
    }
    no_memory(self, entry);
    return false;
}

/* V8 does not survive it when a module whose code is on the stack is evaluated again. */
static bool is_running(import *self, jsrun_entry *entry) {
    char name[SHOWN];
    for (size_t i = 0; i < self->visit_count; i++) {
        if (engine_module_state_of(entry, visited(self, i)->compiled) != MODULE_EVALUATING)
            continue;
        name_visit(self, entry, i, name);
        fail(self, entry, "evaluate", name, self->visits[i].importer,
             jsrun_error(entry, NULL,
                         jsrun_string_text(entry, "its evaluation has called what imports it")));
        return true;
    }
    return false;
}

/* Marks the modules, by number, that lead to one that is marked. */
static void mark_importers(import *self, bool *marked, uint32_t last_number) {
    for (bool more = true; more;) {
        more = false;
        for (size_t i = self->visit_count; i-- > 0;) { /* importers come before what they import */
            const module *module = visited(self, i);
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
        const module *module = visited(self, i);
        if (module->number > *last_number) *last_number = module->number;
        any |= engine_module_state_of(entry, module->compiled) == MODULE_FAILED;
    }
    return any;
}

/* What a cycle of imports that the root is part of has failed with; NULL: it has not. V8 evaluates a cycle as one, and a module that
 * was through when another one failed later counts as evaluated: to evaluate it again ends the process. */
static jsrun_value find_cycle_error(import *self, jsrun_entry *entry, const module *root) {
    jsrun_value error = NULL;
    if (engine_module_state_of(entry, root->compiled) != MODULE_EVALUATED) return NULL;
    visit_all(self);
    uint32_t last;
    bool *marked = any_failed(self, entry, &last) ? calloc((size_t)last + 1, sizeof *marked) : NULL;
    if (!marked) return NULL;
    marked[root->number] = true;
    mark_importers(self, marked, last);
    for (size_t i = 0; i < self->visit_count && !error; i++)
        if (marked[visited(self, i)->number])
            error = engine_module_failure(entry, visited(self, i)->compiled);
    free(marked);
    return error;
}

static engine_outcome run(jsrun_entry *entry, const module *root, jsrun_value *promise) {
    jsrun_runtime *runtime = entry->runtime;
    runtime_begin_script(runtime);
    runtime_pause_on_start(runtime);
    engine_outcome outcome = engine_module_evaluate(entry, root->compiled, promise);
    runtime_end_script(runtime);
    return outcome;
}

static void evaluate(import *self, jsrun_entry *entry) {
    const module *root = module_map_get(&self->runtime->services->modules, self->root);
    jsrun_value promise, value;
    if (is_running(self, entry)) return;
    if (engine_module_state_of(entry, root->compiled) == MODULE_COMPILED &&
        !link(self, entry, root))
        return;
    jsrun_value error = find_cycle_error(self, entry, root);
    if (error) {
        failed(self, entry, error);
        return;
    }
    if (run(entry, root, &promise) != ENGINE_OK) {
        give_up(self, entry);
        return;
    }
    switch (engine_promise_result(entry, promise, &value)) {
    case ENGINE_FULFILLED:
    case ENGINE_NO_PROMISE:
        fulfil(self, entry);
        break;
    case ENGINE_REJECTED:
        failed(self, entry, value);
        break;
    case ENGINE_PENDING:
        if (engine_promise_react(entry, promise, REACTION_EVALUATED, self->number) != ENGINE_OK)
            stop(self, entry);
        break;
    }
}

/* Has the rest done when what runs now is through. */
static void evaluate_later(import *self, jsrun_entry *entry) {
    jsrun_value resolver = engine_resolver_new(entry);
    if (resolver) engine_resolver_settle(entry, resolver, false, jsrun_undefined(entry));
    if (!resolver || engine_promise_react(entry, engine_resolver_promise(resolver), REACTION_READY,
                                          self->number) != ENGINE_OK)
        stop(self, entry);
}

/* Does what can be done now. Does nothing while it is done already, further out on the stack. */
static void advance(import *self, jsrun_entry *entry) {
    if (self->advancing) return;
    self->advancing = true;
    while (self->resolver && self->queue_head < self->queue_count)
        look_at_imports(self, entry, self->queue[self->queue_head++]);
    self->advancing = false;
    if (!self->resolver || self->waiting) return;
    if (self->deferred)
        evaluate_later(self, entry);
    else
        evaluate(self, entry);
}

/* --- beginning ------------------------------------------------------------------------------------------------- */

static void begin(import *self, jsrun_entry *entry, jsrun_value specifier, jsrun_value referrer,
                  bool json) {
    module *root = obtain(self, entry, specifier, referrer, json, NOBODY);
    if (!root) return;
    self->root = root->number;
    if (visit_module(self, root, NOBODY))
        advance(self, entry);
    else
        no_memory(self, entry);
}

jsrun_value runtime_import(jsrun_runtime *runtime, jsrun_value specifier, jsrun_value referrer,
                           bool json) {
    jsrun_entry *entry = atomic_load_explicit(&runtime->inside.current, memory_order_relaxed);
    import *self = import_new(entry);
    if (!self) return NULL;
    jsrun_value promise = engine_resolver_promise(engine_global_get(entry, self->resolver));
    self->wants_namespace = self->deferred = true;
    begin(self, entry, specifier, referrer, json);
    bool stopped = self->stopped;
    import_release(self);
    if (!stopped) return promise;
    engine_unwind(entry); /* V8 insists on an exception where there is no promise */
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
    begin(self, entry, wanted->specifier, jsrun_undefined(entry), false);
    bool stopped = self->stopped;
    import_release(self);
    if (stopped) wanted->promise = NULL;
    return !stopped;
}

jsrun_status jsrun_import(jsrun_entry *entry, jsrun_value specifier, jsrun_value *promise) {
    host_import wanted = {.entry = entry, .specifier = specifier};
    host_lock before;
    if (!entry_begin(entry, &before)) return runtime_stop_status(entry->runtime);
    engine_outcome outcome = engine_protect(entry, import_for_host, &wanted);
    if (outcome == ENGINE_REFUSED) outcome = ENGINE_TERMINATED;
    *promise = wanted.promise;
    return entry_end(entry, before, outcome);
}

/* --- exports --------------------------------------------------------------------------------------------- */

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

static jsrun_status read(reading *self, bool (*body)(void *data)) {
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
    jsrun_status status = read(&reading, read_names);
    if (status == JSRUN_OK) exports->count = engine_array_length(exports->names);
    return status;
}

jsrun_status jsrun_module_export(jsrun_entry *entry, const jsrun_exports *exports, uint32_t index,
                                 jsrun_value *name, jsrun_value *value) {
    jsrun_exports copy = *exports;
    reading reading = {.entry = entry, .exports = &copy, .index = index};
    jsrun_status status = read(&reading, read_export);
    *name = reading.name;
    *value = reading.value;
    return status;
}

/* --- going on ---------------------------------------------------------------------------------------------------- */

static void source_came(jsrun_entry *entry, uint32_t number, bool rejected, jsrun_value value) {
    module *module = module_map_get(&entry->runtime->services->modules, number);
    jsrun_value error = value;
    if (!module || module->compiled) return;
    module_result result = rejected ? MODULE_THREW : module_compile(entry, module, value, &error);
    loaded(entry, module, result, error);
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
        advance(self, entry);
    } else if (rejected) {
        failed(self, entry, value);
    } else {
        fulfil(self, entry);
    }
    import_release(self);
}
