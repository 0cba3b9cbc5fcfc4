/* The one pair for every way into an isolate. */
#ifndef RUNTIME_CORE_ENTER_H
#define RUNTIME_CORE_ENTER_H

#include "v8/entry.h"

/* The caller has the isolate. `host_lock_held` tells whether it holds the host lock too; if not,
 * `token` is for acquiring it. */
void runtime_enter(jsrun_runtime *runtime, jsrun_entry *entry, bool host_lock_held, void *token);
void runtime_leave(jsrun_entry *entry);

#endif
