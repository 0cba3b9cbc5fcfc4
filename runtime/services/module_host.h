/* What the host says of a module: which one is meant, and what its source is. With the isolate. */
#ifndef RUNTIME_SERVICES_MODULE_HOST_H
#define RUNTIME_SERVICES_MODULE_HOST_H

#include "services/module_map.h"

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

/* Has the host load a module that was just added. MODULE_OK: it is compiled, or runtime_react() will be called. Otherwise it
 * is gone. Any job may run meanwhile. */
module_result module_load(jsrun_entry *entry, module *module, jsrun_value *error);

/* Compiles it; it stays in any case. `source` is what the host gave. */
module_result module_compile(jsrun_entry *entry, module *module, jsrun_value source,
                             jsrun_value *error);

#endif
