/* Imports: the modules that one needs are loaded, then linked, then evaluated. The isolate's holder's. */
#ifndef RUNTIME_SERVICES_IMPORT_H
#define RUNTIME_SERVICES_IMPORT_H

#include "services/module_host.h"

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

/* --- import.c: life, and what it has met ----------------------------------------------------- */

/* The caller uses it, until import_release(). NULL: out of memory, or V8 was stopped. */
import *import_new(jsrun_entry *entry);
/* The import of this number, if it is not settled; until import_release(). NULL: there is none. */
import *import_use(jsrun_runtime *runtime, uint32_t number);
/* Frees it if it is settled and no function uses it. */
void import_release(import *self);
/* Frees all. */
void imports_free(jsrun_runtime *runtime);

/* Fulfils its promise with `value`, or rejects it. Does nothing if it is settled. */
void import_settle(import *self, jsrun_entry *entry, bool rejected, jsrun_value value);

/* Meets a module, for the first time or again. False: out of memory. */
bool import_visit(import *self, module *module, size_t importer);
/* The imports of a visit's module have to be looked at. False: out of memory. */
bool import_enqueue(import *self, size_t visit);
module *import_visited(const import *self, size_t visit);

/* --- import_errors.c: telling what went wrong ------------------------------------------------ */

/* As much of a URL or specifier as is shown. */
enum { IMPORT_SHOWN = 240 };

/* Writes the URL of a visit's module to `text`, in IMPORT_SHOWN bytes. */
void import_name_visit(const import *self, jsrun_entry *entry, size_t visit, char *text);
/* `name` is what could not be loaded or evaluated, and is not, or is no longer, a visit. */
void import_fail(import *self, jsrun_entry *entry, const char *verb, const char *name,
                 size_t importer, jsrun_value origin);
/* `error` tells by itself what is wrong with the module; where it comes from is added. */
void import_fail_with(import *self, jsrun_entry *entry, const char *name, size_t importer,
                      bool loading, jsrun_value error);
/* JavaScript was stopped. */
void import_stop(import *self, jsrun_entry *entry);
/* One of the two, or import_stop(). */
void import_not_loaded(import *self, jsrun_entry *entry, module_result result, const char *name,
                       size_t importer, jsrun_value error);
void import_no_memory(import *self, jsrun_entry *entry);

/* --- import_culprit.c: which module an error is about ---------------------------------------- */

/* The visit of the module that threw `error`; NOBODY: no module that this import needs. */
size_t import_find_culprit(import *self, jsrun_entry *entry, jsrun_value error);
/* The visit of the module that a SyntaxError of linking is about. */
size_t import_find_faulty(import *self, jsrun_entry *entry);
/* What a cycle of imports that the root is part of has failed with; NULL: it has not. */
jsrun_value import_find_cycle_error(import *self, jsrun_entry *entry, const module *root);

/* --- import_evaluate.c: linking and evaluating ----------------------------------------------- */

void import_evaluate(import *self, jsrun_entry *entry);
/* The same when the JavaScript that runs now is done. */
void import_evaluate_later(import *self, jsrun_entry *entry);
/* The root has been evaluated, */
void import_fulfil(import *self, jsrun_entry *entry);
/* or has thrown `error`. */
void import_failed(import *self, jsrun_entry *entry, jsrun_value error);

/* --- import_load.c: loading ------------------------------------------------------------------ */

/* Finds the module, or starts to load it. NULL: the import is settled, with an error. */
module *import_obtain(import *self, jsrun_entry *entry, jsrun_value specifier, jsrun_value referrer,
                      bool json, size_t importer);
/* A module is compiled, or its source is not available: then it is removed. */
void import_loaded(jsrun_entry *entry, module *module, module_result result, jsrun_value error);
/* Does what can be done now. Does nothing while it is done already, further out on the stack. */
void import_advance(import *self, jsrun_entry *entry);

#endif
