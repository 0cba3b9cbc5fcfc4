/* How long JavaScript may run, and a caller may wait. The time that JavaScript is stopped in a debugger, or waits for one, does
 * not count. */
#ifndef RUNTIME_CORE_DEADLINE_H
#define RUNTIME_CORE_DEADLINE_H

#include "v8/entry.h"

/* How long that has been so far. `lock` held. */
double runtime_paused_seconds_locked(jsrun_runtime *runtime);

/* The entry's JavaScript is stopped when `limit` is over, or when what it is nested in is to be stopped. NULL, and one of no
 * seconds: no limit. Returns the deadline, for the next. */
double entry_set_limit(jsrun_entry *entry, const jsrun_limit *limit);
/* The entry's job is done: moves `limit`, which may be NULL, on by the time in the debugger meanwhile. */
void limit_add_pauses(jsrun_limit *limit, const jsrun_entry *entry, double deadline);
/* The same for a wait: by that time since it was *paused, which becomes what it is now. lock held. */
void limit_move_locked(jsrun_runtime *runtime, jsrun_limit *limit, double *paused);

/* On the way into an entry, and on the way out. */
void runtime_inherit_deadline(jsrun_entry *entry);
void runtime_drop_deadline(jsrun_entry *entry);
/* After a pause of `seconds`. With the isolate. */
void runtime_extend_deadlines(jsrun_entry *innermost, double seconds);
/* Stops what runs if its deadline has passed, else returns the deadline. For the watchdog, while an engine exists. */
double runtime_enforce_deadline(jsrun_runtime *runtime, double now);

#endif
