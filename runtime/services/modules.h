/* ES modules: those that a runtime has, and those that are on their way. The isolate's holder's. */
#ifndef RUNTIME_MODULES_H
#define RUNTIME_MODULES_H

#include "base/number_map.h"
#include "v8/engine.h"

/* An import that waits for a module's source. */
typedef struct module_waiter {
    uint32_t import;
    size_t visit;
} module_waiter;

/* One module. It lives as long as the runtime, unless its source is not to be had. */
typedef struct module {
    struct module *next; /* in its bucket */
    uint16_t *url;
    size_t url_length;
    bool json;
    bool stopped; /* while it was evaluated */
    uint32_t hash;
    uint32_t number;
    engine_module *compiled; /* NULL: its source is on its way */
    uint32_t *requests;      /* the numbers of the modules that it imports; 0: not known yet */
    uint32_t request_count;
    module_waiter *waiters;
    size_t waiter_count;
    size_t waiter_capacity;
} module;

typedef struct module_table {
    module **buckets; /* by URL and kind */
    size_t capacity;  /* a power of two, or 0 */
    size_t count;
    number_map modules;
    number_map imports;
    uint32_t resolve_function; /* see jsrun_runtime_options */
    uint32_t load_function;
    bool enabled;
} module_table;

/* --- module_map.c: which there are --------------------------------------------------------------------- */

/* NULL: there is none. */
module *module_map_find(jsrun_entry *entry, jsrun_value url, bool json);
/* A new one, without a source yet, which the table owns. NULL: out of memory. */
module *module_map_add(jsrun_entry *entry, jsrun_value url, bool json);
/* It is not found any more; its number still means it. */
void module_map_forget(module_table *table, module *module);
/* Forgets and frees it. */
void module_map_remove(module_table *table, module *module);
module *module_map_get(module_table *table, uint32_t number);
jsrun_value module_url(jsrun_entry *entry, const module *module);
/* Frees all. With the isolate. */
void module_map_free(module_table *table);

/* --- modules.c: what the host says of them ----------------------------------------------------------------- */

typedef enum module_result {
    MODULE_OK,
    MODULE_THREW,   /* `error` is what the host threw, or why its answer is of no use */
    MODULE_INVALID, /* `error` is V8's, about the text */
    MODULE_STOPPED, /* JavaScript was asked to stop */
} module_result;

/* The URL that `specifier` means where `referrer`, a string or undefined, is what imports. The host's function is called: any
 * job may run meanwhile. */
module_result module_resolve(jsrun_entry *entry, jsrun_value specifier, jsrun_value referrer,
                             jsrun_value *url, jsrun_value *error);

/* Has the host load a module that was just added. MODULE_OK: it is compiled, or import_loaded() will be called. Otherwise it
 * is gone. Any job may run meanwhile. */
module_result module_load(jsrun_entry *entry, module *module, jsrun_value *error);

/* Compiles it; it stays in any case. `source` is what the host gave. */
module_result module_compile(jsrun_entry *entry, module *module, jsrun_value source,
                             jsrun_value *error);

bool module_add_waiter(module *module, module_waiter waiter);

/* --- imports.c ---------------------------------------------------------------------------------------------- */

void imports_free(jsrun_runtime *runtime);

#endif
