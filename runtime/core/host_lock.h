/* The host lock of an entry: released around work that takes time, acquired around the host's
 * code. */
#ifndef RUNTIME_CORE_HOST_LOCK_H
#define RUNTIME_CORE_HOST_LOCK_H

#include "v8/entry.h"

/* Each of the three returns the state from before, for entry_restore_host(). */
host_lock entry_release_host(jsrun_entry *entry);
host_lock entry_acquire_host(jsrun_entry *entry);
/* Around JavaScript. If no other thread can want the lock it is kept, until the watchdog has looked
 * twice at the latest. Otherwise it is released. */
host_lock entry_offer_host(jsrun_entry *entry);
void entry_restore_host(jsrun_entry *entry, host_lock before);

#endif
