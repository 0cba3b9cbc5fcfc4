/* How long it pays to look for something again and again, before one sleeps until it is there.
 *
 * To be put to sleep and woken takes a thread 5 to 50 µs, several times as long as a short evaluation. So who expects
 * something soon may look for it for a short while; but only while most such waits are not in vain, and never where there
 * is only one processor. */
#ifndef JSRUN_PATIENCE_H
#define JSRUN_PATIENCE_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One waiter's. Zeroed: it has never waited. Used by one thread at a time. */
typedef struct jsrun_patience {
    int debt;         /* what such waits have cost lately, in those that were worth it */
    unsigned refused; /* waits that were not tried because of that, one after the other */
} jsrun_patience;

/* Looks until `there` says so, at most 50 µs. False: the caller is to sleep. `there` is called often, and only reads.
 * Nothing is to be held that others may want. Any thread. */
bool jsrun_patience_wait(jsrun_patience *self, bool (*there)(void *data), void *data);

#ifdef __cplusplus
}
#endif

#endif
