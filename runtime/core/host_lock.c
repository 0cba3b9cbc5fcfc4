#include "core/host_lock.h"

#include "core/runtime_state.h"

host_lock entry_release_host(jsrun_entry *entry) {
    host_lock before = entry->host;
    if (before == HOST_RELEASED) return before;
    const jsrun_host *host = &entry->runtime->host;
    entry->host_token = host->release(host->data);
    entry->host = HOST_RELEASED;
    return before;
}

host_lock entry_acquire_host(jsrun_entry *entry) {
    host_lock before = entry->host;
    const jsrun_host *host = &entry->runtime->host;
    if (before == HOST_RELEASED) host->acquire(host->data, entry->host_token);
    entry->host = HOST_HELD;
    return before;
}

host_lock entry_offer_host(jsrun_entry *entry) {
    host_lock before = entry->host;
    const jsrun_host *host = &entry->runtime->host;
    if (before != HOST_HELD) return before;
    bool undisturbed = atomic_load_explicit(&entry->runtime->holds, memory_order_relaxed) == 0;
    if (undisturbed && host->is_alone && host->is_alone(host->data))
        entry->host = HOST_KEPT;
    else
        entry_release_host(entry);
    return before;
}

void entry_restore_host(jsrun_entry *entry, host_lock before) {
    switch (before) {
    case HOST_HELD:
        entry_acquire_host(entry);
        break;
    case HOST_KEPT: /* the host's code may have started a thread, which can want the lock */
        entry_offer_host(entry);
        break;
    case HOST_RELEASED:
        entry_release_host(entry);
        break;
    }
}

void jsrun_entry_acquire_host(jsrun_entry *entry) { entry_acquire_host(entry); }

void jsrun_entry_release_host(jsrun_entry *entry) { entry_release_host(entry); }
