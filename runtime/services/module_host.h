/* What the host says about a module: which one is meant, and what its source is. With the
 * isolate. */
#ifndef RUNTIME_SERVICES_MODULE_HOST_H
#define RUNTIME_SERVICES_MODULE_HOST_H

#include "services/module_map.h"

typedef enum module_result {
    MODULE_OK,
    MODULE_THREW,   /* `error` is what the host threw, or says why its answer cannot be used */
    MODULE_INVALID, /* `error` is a SyntaxError of V8 */
    MODULE_STOPPED, /* JavaScript was asked to stop */
} module_result;

/* The URL that `specifier` means in the module or script `referrer`, a string or undefined. Calls
 * the host: any job may run meanwhile. */
module_result module_resolve(jsrun_entry *entry, jsrun_value specifier, jsrun_value referrer,
                             jsrun_value *url, jsrun_value *error);

/* Loads a module that was just added. Calls the host: any job may run meanwhile. MODULE_OK: the
 * module is compiled, or its source is on its way and runtime_react() will be called. */
module_result module_load(jsrun_entry *entry, module *module, jsrun_value *error);

/* Compiles the module. `source` is what the host gave. */
module_result module_compile(jsrun_entry *entry, module *module, jsrun_value source,
                             jsrun_value *error);

#endif
