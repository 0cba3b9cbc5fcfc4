/* How long the JavaScript of a job may run. */
#ifndef RUNTIME_CORE_DEADLINE_H
#define RUNTIME_CORE_DEADLINE_H

#include "v8/entry.h"

/* On the way into an entry, and on the way out. */
void runtime_inherit_deadline(jsrun_entry *entry);
void runtime_drop_deadline(jsrun_entry *entry);
/* After a pause of `seconds`. With the isolate. */
void runtime_extend_deadlines(jsrun_entry *innermost, double seconds);
/* Stops what runs if its deadline has passed, else returns the deadline. For the watchdog, while an engine exists. */
double runtime_enforce_deadline(jsrun_runtime *runtime, double now);

#endif
