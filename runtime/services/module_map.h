/* The modules of a runtime, by URL and kind, and by number. Only the isolate's holder uses them. */
#ifndef RUNTIME_SERVICES_MODULE_MAP_H
#define RUNTIME_SERVICES_MODULE_MAP_H

#include "base/number_map.h"
#include "v8/engine.h"

/* An import that waits for a module's source. */
typedef struct module_waiter {
    uint32_t import;
    size_t visit;
} module_waiter;

/* A module lives as long as the runtime, unless it could not be loaded. */
typedef struct module {
    struct module *next; /* in the same bucket */
    uint16_t *url;
    size_t url_length;
    bool json;
    bool stopped; /* its evaluation was stopped */
    uint32_t hash;
    uint32_t number;
    engine_module *compiled; /* NULL: its source is on its way */
    uint32_t *requests;      /* numbers of the modules that it imports; 0: not known yet */
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

/* NULL: there is none. */
module *module_map_find(jsrun_entry *entry, jsrun_value url, bool json);
/* A new one, without a source yet, which the table owns. NULL: out of memory. */
module *module_map_add(jsrun_entry *entry, jsrun_value url, bool json);
/* The module cannot be found by its URL any more, only by its number. */
void module_map_forget(module_table *table, module *module);
/* Forgets and frees it. */
void module_map_remove(module_table *table, module *module);
/* NULL: no module has that number. */
module *module_map_get(module_table *table, uint32_t number);
/* Frees all. With the isolate. */
void module_map_free(module_table *table);

jsrun_value module_url(jsrun_entry *entry, const module *module);
/* False: out of memory. */
bool module_add_waiter(module *module, module_waiter waiter);

#endif
