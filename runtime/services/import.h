/* Imports: the modules that an import needs are loaded, then linked, then evaluated. Only the
 * isolate's holder uses them. */
#ifndef RUNTIME_SERVICES_IMPORT_H
#define RUNTIME_SERVICES_IMPORT_H

#include "services/module_host.h"

/* A module that an import needs, and the module that imports it. */
typedef struct visit {
    uint32_t module;
    size_t importer; /* the index of a visit, or NOBODY */
} visit;

#define NOBODY SIZE_MAX

/* Made by import_new(), freed by import_release() once it is settled and no function uses it. */
typedef struct import {
    jsrun_runtime *runtime;
    uint32_t number;
    unsigned users;
    void *resolver;       /* global; NULL: it is settled */
    bool wants_namespace; /* its result is the namespace; else the module's number */
    bool deferred;        /* import() is on the stack: nothing may be evaluated yet */
    bool stopped;
    bool advancing; /* import_advance() is on the stack */
    uint32_t root;
    visit *visits;
    size_t visit_count;
    size_t visit_capacity;
    uint8_t *seen; /* one bit for each number of a module: whether it has a visit */
    size_t seen_size;
    size_t waiting; /* how many visits are of modules whose source is on its way */
    size_t *queue;  /* the visits whose imports must be looked at */
    size_t queue_head;
    size_t queue_count;
    size_t queue_capacity;
} import;

/* --- import.c: life, and the modules visited ------------------------------------------------- */

/* A new import, which the caller uses until import_release(). NULL: out of memory, or V8 was
 * stopped. */
import *import_new(jsrun_entry *entry);
/* The import of this number, which the caller uses until import_release(). NULL: there is none, or
 * it is settled. */
import *import_use(jsrun_runtime *runtime, uint32_t number);
/* The caller does not use it any more. Frees it if it is settled and no other function uses it. */
void import_release(import *self);
/* Frees all. */
void imports_free(jsrun_runtime *runtime);

/* Fulfils its promise with `value`, or rejects it. Does nothing if it is settled. */
void import_settle(import *self, jsrun_entry *entry, bool rejected, jsrun_value value);

/* Adds a visit of the module, unless it has one. False: out of memory. */
bool import_visit(import *self, module *module, size_t importer);
/* Queues a visit: the imports of its module must be looked at. False: out of memory. */
bool import_enqueue(import *self, size_t visit);
module *import_visited(const import *self, size_t visit);

/* --- import_errors.c: telling what went wrong ------------------------------------------------ */

/* How much of a URL or specifier is shown, in bytes. */
enum { IMPORT_SHOWN = 240 };

/* Writes the URL of a visit's module to `text`, in IMPORT_SHOWN bytes. */
void import_name_visit(const import *self, jsrun_entry *entry, size_t visit, char *text);
/* Rejects the import because the module `name` could not be loaded or evaluated (`verb`), for the
 * reason `origin`. The module has no visit, or has none any more. */
void import_fail(import *self, jsrun_entry *entry, const char *verb, const char *name,
                 size_t importer, jsrun_value origin);
/* Rejects the import with `error`, which says what is wrong with the module. Adds which modules led
 * to it. */
void import_fail_with(import *self, jsrun_entry *entry, const char *name, size_t importer,
                      bool loading, jsrun_value error);
/* Rejects the import because JavaScript was stopped. */
void import_stop(import *self, jsrun_entry *entry);
/* One of these three, by `result`. */
void import_not_loaded(import *self, jsrun_entry *entry, module_result result, const char *name,
                       size_t importer, jsrun_value error);
void import_no_memory(import *self, jsrun_entry *entry);

/* --- import_culprit.c: which module an error is about ---------------------------------------- */

/* The visit of the module that threw `error`; NOBODY: no module that this import needs. */
size_t import_find_culprit(import *self, jsrun_entry *entry, jsrun_value error);
/* The visit of the module that a SyntaxError of linking is about. */
size_t import_find_faulty(import *self, jsrun_entry *entry);
/* The error that a cycle of imports with the root in it has failed with; NULL: none has failed. */
jsrun_value import_find_cycle_error(import *self, jsrun_entry *entry, const module *root);

/* --- import_evaluate.c: linking and evaluating ----------------------------------------------- */

void import_evaluate(import *self, jsrun_entry *entry);
/* The same, after the JavaScript that runs now. */
void import_evaluate_later(import *self, jsrun_entry *entry);
/* The root was evaluated, */
void import_fulfil(import *self, jsrun_entry *entry);
/* or has thrown `error`. */
void import_failed(import *self, jsrun_entry *entry, jsrun_value error);

/* --- import_load.c: loading ------------------------------------------------------------------ */

/* The module that `specifier` means; starts to load it if it is new. NULL: the import was
 * rejected. */
module *import_obtain(import *self, jsrun_entry *entry, jsrun_value specifier, jsrun_value referrer,
                      bool json, size_t importer);
/* A module was compiled, or could not be: then it is removed. Goes on with the imports that wait
 * for it. */
void import_loaded(jsrun_entry *entry, module *module, module_result result, jsrun_value error);
/* Does what can be done now for the import. Does nothing if the same is on the stack already. */
void import_advance(import *self, jsrun_entry *entry);

#endif
