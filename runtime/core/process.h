/* The one object of the process: V8, the list of runtimes, and the watchdog thread. */
#ifndef RUNTIME_PROCESS_H
#define RUNTIME_PROCESS_H

#include "jsrun/runtime.h"

/* Starts V8 and the watchdog once. JSRUN_FORKED in a child of the process that did. */
jsrun_status process_start(void);

/* Which process this is, in the sense of fork: changes in the child. */
unsigned process_generation(void);

/* Every runtime whose engine exists is in the list. While the list is locked none leaves it, so the
 * watchdog may use its engine. */
void process_add(jsrun_runtime *runtime);
void process_remove(jsrun_runtime *runtime);

/* Somebody has entered an isolate: the watchdog has something to watch. Costs one load as a rule. */
void process_watch(void);
/* The same for a deadline: wakes the watchdog if it would sleep longer than that. */
void process_watch_until(double deadline);

#endif
