/* ES modules.
 *
 * The host says which module a specifier means, and what its source is, by two host functions whose
 * numbers are in jsrun_runtime_options. They are called like any host function, on the same
 * thread:
 *
 *   resolve(specifier, referrer)  gives a URL, a string. `referrer` is the URL of the module that
 *                                 imports, or the name of the script; undefined if it has no name,
 *                                 or if the host itself imports.
 *   load(url, json)               gives the source, a string or a promise of one.
 *
 * A module is loaded and evaluated once in a runtime; a module that could not be loaded is asked
 * for again the next time. Functions here: on the job's thread, with its entry. */
#ifndef JSRUN_MODULES_H
#define JSRUN_MODULES_H

#include "jsrun/execute.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Starts to import what `specifier`, a string, means to the host itself. On JSRUN_OK *promise is
 * fulfilled when the module has been evaluated, with a number for jsrun_module_exports(), or
 * rejected with the error. The host lock is released while JavaScript runs; host functions may be
 * called. */
jsrun_status jsrun_import(jsrun_entry *entry, jsrun_value specifier, jsrun_value *promise);

/* The exports of a module. */
typedef struct jsrun_exports {
    jsrun_value namespace_object;
    jsrun_value names; /* an array */
    uint32_t count;
} jsrun_exports;

/* The exports of the module with this number, at this moment: they may change. JSRUN_OK, or the
 * status of what failed. */
jsrun_status jsrun_module_exports(jsrun_entry *entry, jsrun_value number, jsrun_exports *exports);
/* One export, by its index. */
jsrun_status jsrun_module_export(jsrun_entry *entry, const jsrun_exports *exports, uint32_t index,
                                 jsrun_value *name, jsrun_value *value);

#ifdef __cplusplus
}
#endif

#endif
