/* Promises that somebody waits for, and those that the host settles. */
#ifndef RUNTIME_PROMISES_H
#define RUNTIME_PROMISES_H

#include <stdatomic.h>

#include "jsrun/promise.h"
#include "base/number_map.h"

typedef struct watch watch;

typedef struct promise_table {
    /* The isolate's holder's. */
    number_map watches;
    number_map resolvers; /* globals */
    watch *first_settled; /* to be delivered by the runtime thread */
    watch *last_settled;
    /* Written by the isolate's holder; any thread reads. */
    atomic_size_t operations; /* resolvers that wait for the host */
} promise_table;

/* Has `settled` called when runtime_promise_settled() is, with the number that this returns; 0: out of memory. Starts the
 * runtime thread. With the isolate. */
uint32_t promises_expect(jsrun_runtime *runtime, jsrun_settled settled, void *data);
/* Tells those who wait for promises that were settled. On the runtime thread, without the host lock. */
void promises_deliver(jsrun_entry *entry);
/* Tells all who wait that the runtime has ended. The same, or while closing. */
void promises_end(jsrun_entry *entry, jsrun_status why);
/* Frees what is left. With the isolate. */
void promises_free(jsrun_runtime *runtime);

#endif
