/* How long JavaScript may run, and how long a caller may wait. The time in a debugger's pauses and
 * in waits for a debugger does not count. */
#ifndef RUNTIME_CORE_DEADLINE_H
#define RUNTIME_CORE_DEADLINE_H

#include "v8/entry.h"

/* That time, up to now. `lock` held. */
double runtime_paused_seconds_locked(jsrun_runtime *runtime);

/* The entry's JavaScript is stopped when `limit` is over, or with the job that it is nested in. No
 * limit: NULL, or a limit of no seconds. Returns the deadline, for the next function. */
double entry_set_limit(jsrun_entry *entry, const jsrun_limit *limit);
/* The entry's job is done: extends `limit`, which may be NULL, by the time in the debugger
 * meanwhile. */
void limit_add_pauses(jsrun_limit *limit, const jsrun_entry *entry, double deadline);
/* The same for a wait: by the time in the debugger since that was *paused. Sets *paused to what it
 * is now. `lock` held. */
void limit_move_locked(jsrun_runtime *runtime, jsrun_limit *limit, double *paused);

/* On the way into an entry, and on the way out. */
void runtime_inherit_deadline(jsrun_entry *entry);
void runtime_drop_deadline(jsrun_entry *entry);
/* After a pause of `seconds`. With the isolate. */
void runtime_extend_deadlines(jsrun_entry *innermost, double seconds);

#endif
