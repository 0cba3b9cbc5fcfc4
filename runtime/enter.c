/* The way into an isolate, and the host lock on that way. */
#include <stdlib.h>

#include "process.h"
#include "runtime.h"
#include "threads.h"

void runtime_enter(jsrun_runtime *runtime, jsrun_entry *entry, bool host_lock_held, void *token) {
    entry->runtime = runtime;
    entry->engine = runtime->engine;
    entry->outer = atomic_load_explicit(&runtime->current, memory_order_relaxed);
    entry->host_lock_held = host_lock_held;
    entry->host_token = token;
    entry->thrown = NULL;
    entry->frames = NULL;
    runtime_inherit_deadline(entry);
    bool outermost = !entry->outer;
    engine_enter(entry, outermost, thread_stack_end());
    atomic_store(&runtime->current, entry);
    if (outermost) {
        atomic_fetch_add_explicit(&runtime->run_count, 1, memory_order_relaxed);
        process_watch();
        /* V8 forgets that interrupts were requested when the isolate changes hands. */
        unsigned interrupts = atomic_exchange(&runtime->interrupts, 0);
        if (interrupts) runtime_request_interrupt(runtime, interrupts);
    }
    handle_table_drain(&runtime->handles);
}

void runtime_leave(jsrun_entry *entry) {
    jsrun_runtime *runtime = entry->runtime;
    bool outermost = !entry->outer;
    if (outermost) jsrun_report_uncaught(entry);
    free(entry->frames);
    runtime_drop_deadline(entry);
    atomic_store(&runtime->current, entry->outer);
    runtime_settle_stop(runtime);
    engine_leave(entry, outermost);
}

bool entry_release_host(jsrun_entry *entry) {
    if (!entry->host_lock_held) return false;
    const jsrun_host *host = &entry->runtime->host;
    entry->host_token = host->release(host->data);
    entry->host_lock_held = false;
    return true;
}

bool entry_acquire_host(jsrun_entry *entry) {
    if (entry->host_lock_held) return true;
    const jsrun_host *host = &entry->runtime->host;
    host->acquire(host->data, entry->host_token);
    entry->host_lock_held = true;
    return false;
}

void entry_restore_host(jsrun_entry *entry, bool held) {
    if (held)
        entry_acquire_host(entry);
    else
        entry_release_host(entry);
}
