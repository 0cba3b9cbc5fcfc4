/* Exceptions and rejections that no job waits for: kept until the host can be told. */
#ifndef RUNTIME_UNCAUGHT_H
#define RUNTIME_UNCAUGHT_H

#include "jsrun/compiler.h"
#include "jsrun/execute.h"

/* Globals. `promise` is NULL for an exception. `message`, which tells where, is NULL for a
 * rejection. */
typedef struct uncaught {
    void *promise;
    void *value;
    void *message;
} uncaught;

/* Only the isolate's holder uses it. */
typedef struct uncaught_list {
    uncaught *items;
    size_t count;
    size_t capacity;
    bool reporting;
} uncaught_list;

/* Tells the host of all that is still not handled. Does nothing while JavaScript is being stopped:
 * the next call tells. With the isolate, at the end of a job. Getters of scripts may run. */
JSRUN_COLD void uncaught_report(jsrun_entry *entry);

/* With the isolate. */
void uncaught_free(jsrun_runtime *runtime);

#endif
