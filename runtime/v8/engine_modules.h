/* The boundary, downwards: ES modules. With the isolate. See engine.h. */
#ifndef RUNTIME_V8_ENGINE_MODULES_H
#define RUNTIME_V8_ENGINE_MODULES_H

#include <stdint.h>

#include "v8/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Compiles a module or, with `json`, parses what becomes its default export. `number` is what the
 * functions in embedder.h are told. On ENGINE_OK the caller owns *module, and keeps it for as long
 * as the engine lives. */
engine_outcome engine_module_new(jsrun_entry *entry, jsrun_value source, jsrun_value url, bool json,
                                 uint32_t number, engine_module **module);
void engine_module_free(engine_module *module);

/* What it imports, in the order of the text. ENGINE_THREW for an import attribute other than
 * type: "json". */
uint32_t engine_module_request_count(jsrun_entry *entry, const engine_module *module);
engine_outcome engine_module_request(jsrun_entry *entry, const engine_module *module,
                                     uint32_t index, jsrun_value *specifier, bool *json);

typedef enum engine_module_state {
    MODULE_COMPILED,
    MODULE_LINKED,
    MODULE_EVALUATING, /* its code is on the stack */
    MODULE_EVALUATED,  /* or waits for a promise */
    MODULE_FAILED,
} engine_module_state;

engine_module_state engine_module_state_of(jsrun_entry *entry, const engine_module *module);
/* runtime_module_request() is asked for what it imports. */
engine_outcome engine_module_link(jsrun_entry *entry, const engine_module *module);
/* The module is linked. V8 does not survive it if a module of the graph is MODULE_EVALUATING, or if
 * one that is in a cycle with this module is MODULE_FAILED. *promise is settled when the evaluation
 * has ended. */
engine_outcome engine_module_evaluate(jsrun_entry *entry, const engine_module *module,
                                      jsrun_value *promise);
/* Why it is MODULE_FAILED; NULL: it is not. */
jsrun_value engine_module_failure(jsrun_entry *entry, const engine_module *module);
/* Whether it is MODULE_FAILED because of `error`. */
bool engine_module_failed_with(jsrun_entry *entry, const engine_module *module, jsrun_value error);
/* The module is linked. */
jsrun_value engine_module_namespace(jsrun_entry *entry, const engine_module *module);

/* --- errors ---------------------------------------------------------------------------------- */

/* The name of the script or module that the last exception is about; NULL if it is not known. */
jsrun_value engine_thrown_script(jsrun_entry *entry);
/* The name of the script or module of a frame of an Error's stack, innermost first; empty if it has
 * none. NULL: there is no such frame. */
jsrun_value engine_error_script(jsrun_entry *entry, jsrun_value error, uint32_t frame);
/* A new Error: "`what`: ", and what `origin`, which was thrown, tells. */
jsrun_value engine_module_error(jsrun_entry *entry, const char *what, jsrun_value origin);
/* Notes in an error, unless that has been done, what jsrun_exception tells of it: `chain` is
 * import_chain, in UTF-8. */
void engine_module_blame(jsrun_entry *entry, jsrun_value error, const char *chain, bool loading);

#ifdef __cplusplus
}
#endif

#endif
