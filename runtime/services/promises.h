/* Promises that are watched, and promises that the host settles. */
#ifndef RUNTIME_PROMISES_H
#define RUNTIME_PROMISES_H

#include <stdatomic.h>

#include "jsrun/promise.h"
#include "base/number_map.h"

typedef struct watch watch;

typedef struct promise_table {
    /* Only the isolate's holder uses these. */
    number_map watches;
    number_map resolvers; /* globals */
    watch *first_settled; /* the runtime thread is to deliver them */
    watch *last_settled;
    /* The isolate's holder writes it, and any thread reads it. */
    atomic_size_t operations; /* how many resolvers wait for the host */
} promise_table;

/* `settled` is called after runtime_promise_settled() was called with the number that this returns.
 * 0: out of memory. Starts the runtime thread. With the isolate. */
uint32_t promises_expect(jsrun_runtime *runtime, jsrun_settled settled, void *data);
/* Calls `settled` for the promises that were settled. On the runtime thread, with the isolate,
 * without the host lock. */
void promises_deliver(jsrun_entry *entry);
/* Calls `settled` for all others, because the runtime has ended. The same, or on the thread that
 * closes it. */
void promises_end(jsrun_entry *entry, jsrun_status why);
/* Frees what is left. With the isolate. */
void promises_free(jsrun_runtime *runtime);

#endif
