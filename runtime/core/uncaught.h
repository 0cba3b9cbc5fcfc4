/* What scripts threw, or rejected a promise with, that nobody waits for: kept until the host can be told. */
#ifndef RUNTIME_UNCAUGHT_H
#define RUNTIME_UNCAUGHT_H

#include "jsrun/compiler.h"
#include "jsrun/execute.h"

/* Globals. `promise` is NULL for what was thrown, and `message`, where that was, for what was rejected. */
typedef struct uncaught {
    void *promise;
    void *value;
    void *message;
} uncaught;

/* The isolate's holder's. */
typedef struct uncaught_list {
    uncaught *items;
    size_t count;
    size_t capacity;
    bool reporting;
} uncaught_list;

/* Tells the host of all that nobody has handled meanwhile, unless JavaScript is being stopped: then it is for the next
 * one who asks. With the isolate, at the end of a job. Getters of scripts may run. */
JSRUN_COLD void uncaught_report(jsrun_entry *entry);

/* With the isolate. */
void uncaught_free(jsrun_runtime *runtime);

#endif
