/* The host lock, around what takes time and around the host's code. */
#ifndef RUNTIME_CORE_HOST_LOCK_H
#define RUNTIME_CORE_HOST_LOCK_H

#include "v8/entry.h"

/* Each returns what it was before, for entry_restore_host(). */
host_lock entry_release_host(jsrun_entry *entry);
host_lock entry_acquire_host(jsrun_entry *entry);
/* Around JavaScript: the lock is released, at the latest when the watchdog has looked twice, unless no other thread can
 * want it. */
host_lock entry_offer_host(jsrun_entry *entry);
void entry_restore_host(jsrun_entry *entry, host_lock before);

#endif
