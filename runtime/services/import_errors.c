#include <stdio.h>
#include <string.h>

#include "services/import.h"
#include "core/runtime_state.h"
#include "services/services.h"
#include "v8/engine_modules.h"
#include "v8/engine_promises.h"
#include "v8/engine_values.h"

/* The size of a chain of importers, in bytes. */
enum { CHAIN = 4096 };

void import_name_visit(const import *self, jsrun_entry *entry, size_t index, char *text) {
    const module *module =
        module_map_get(&self->runtime->services->modules, self->visits[index].module);
    strcpy(text, "?");
    if (module) engine_text(entry, module_url(entry, module), text, IMPORT_SHOWN);
}

/* Writes `name` and what imports it, one a line, to `text` with CHAIN bytes. */
static void write_chain(import *self, jsrun_entry *entry, const char *name, size_t importer,
                        char *text) {
    size_t used = (size_t)snprintf(text, CHAIN, "%s", name);
    for (; importer != NOBODY && used + IMPORT_SHOWN + 1 < CHAIN;
         importer = self->visits[importer].importer) {
        char importer_name[IMPORT_SHOWN];
        import_name_visit(self, entry, importer, importer_name);
        used += (size_t)snprintf(text + used, CHAIN - used, "\n%s", importer_name);
    }
}

/* Makes the first part of a message of a chain. */
static void write_failure(const char *verb, const char *chain, char *text, size_t size) {
    size_t length = strcspn(chain, "\n");
    size_t used =
        (size_t)snprintf(text, size, "Cannot %s module \"%.*s\"", verb, (int)length, chain);
    bool first = true;
    for (chain += length; *chain && used + IMPORT_SHOWN + 32 < size; chain += length) {
        chain++;
        length = strcspn(chain, "\n");
        used += (size_t)snprintf(text + used, size - used, "%simported by \"%.*s\"",
                                 first ? " (" : ", ", (int)length, chain);
        first = false;
    }
    if (!first) snprintf(text + used, size - used, ")");
}

void import_fail(import *self, jsrun_entry *entry, const char *verb, const char *name,
                 size_t importer, jsrun_value origin) {
    char chain[CHAIN], what[CHAIN + 512];
    write_chain(self, entry, name, importer, chain);
    write_failure(verb, chain, what, sizeof what);
    jsrun_value error = engine_module_error(entry, what, origin);
    engine_module_blame(entry, error, chain, true);
    import_settle(self, entry, true, error);
}

void import_fail_with(import *self, jsrun_entry *entry, const char *name, size_t importer,
                      bool loading, jsrun_value error) {
    char chain[CHAIN];
    write_chain(self, entry, name, importer, chain);
    engine_module_blame(entry, error, chain, loading);
    import_settle(self, entry, true, error);
}

/* The job that was stopped needs no word of it. But others may wait for the import too: they must
 * be told. */
void import_stop(import *self, jsrun_entry *entry) {
    self->stopped = true;
    if (!self->resolver) return;
    engine_promise_handled(engine_resolver_promise(engine_global_get(entry, self->resolver)));
    import_settle(self, entry, true,
                  jsrun_error(entry, NULL, jsrun_string_text(entry, "the import was stopped")));
}

void import_not_loaded(import *self, jsrun_entry *entry, module_result result, const char *name,
                       size_t importer, jsrun_value error) {
    if (result == MODULE_STOPPED)
        import_stop(self, entry);
    else if (result == MODULE_INVALID)
        import_fail_with(self, entry, name, importer, true, error);
    else
        import_fail(self, entry, "load", name, importer, error);
}

void import_no_memory(import *self, jsrun_entry *entry) {
    import_settle(self, entry, true,
                  jsrun_error(entry, NULL, jsrun_string_text(entry, "out of memory")));
}
