/* Looking for something again and again for a short while, before the thread sleeps until it comes.
 *
 * Sleeping and waking takes a thread 5 to 50 µs, several times as long as a short evaluation. So a
 * thread that expects something soon looks for it for a short while. It does so only as long as
 * most looks succeed, and never on a machine with one processor. */
#ifndef JSRUN_PATIENCE_H
#define JSRUN_PATIENCE_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The record of one waiter. Zeroed: it has never waited. Used by one thread at a time. */
typedef struct jsrun_patience {
    int debt;         /* how long successful looks have taken lately */
    unsigned refused; /* how many looks in a row were skipped because of that */
} jsrun_patience;

/* Looks until `there` says so, at most 50 µs. False: the caller has to sleep. `there` is called
 * often, and only reads. The caller must hold no lock that others need. Any thread. */
bool jsrun_patience_wait(jsrun_patience *self, bool (*there)(void *data), void *data);

#ifdef __cplusplus
}
#endif

#endif
