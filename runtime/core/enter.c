#include "core/enter.h"

#include <stdlib.h>

#include "base/threads.h"
#include "core/deadline.h"
#include "core/flows.h"
#include "core/process.h"
#include "core/runtime_state.h"
#include "core/stop.h"
#include "core/uncaught.h"
#include "v8/embedder.h"

uintptr_t runtime_stack_end(void) { return thread_stack_end(); }

void runtime_enter(jsrun_runtime *runtime, jsrun_entry *entry, bool host_lock_held, void *token) {
    entry->runtime = runtime;
    entry->engine = runtime->engine;
    entry->thread = thread_self();
    entry->outer = atomic_load_explicit(&runtime->inside.current, memory_order_relaxed);
    entry->host = host_lock_held ? HOST_HELD : HOST_RELEASED;
    entry->host_token = token;
    entry->thrown = NULL;
    entry->frames = NULL;
    entry->flow = 0;
    entry->flow_kept = entry->stopped = false;
    entry->integer_count = 0;
    runtime_inherit_deadline(entry);
    bool outermost = !entry->outer;
    stay_enter(entry);
    engine_enter(entry);
    atomic_store_explicit(&runtime->inside.current, entry, memory_order_release);
    /* A thread that stops JavaScript, or the watchdog, sees this entry, or this entry sees what
     * it has stored. */
    thread_fence_often();
    if (outermost) {
        unsigned runs = atomic_load_explicit(&runtime->inside.run_count, memory_order_relaxed);
        atomic_store_explicit(&runtime->inside.run_count, runs + 1, memory_order_relaxed);
        process_watch();
        /* V8 forgets that interrupts were requested when the isolate changes hands. */
        if (atomic_load(&runtime->asked.interrupts)) {
            unsigned interrupts = atomic_exchange(&runtime->asked.interrupts, 0);
            if (interrupts) runtime_request_interrupt(runtime, interrupts);
        }
    }
    handle_table_drain(&runtime->handles);
}

void runtime_leave(jsrun_entry *entry) {
    jsrun_runtime *runtime = entry->runtime;
    if (!entry->outer) jsrun_report_uncaught(entry);
    if (runtime->holder.dropped.count) dropped_functions_tell(entry);
    if (entry->frames) free(entry->frames);
    if (entry->flow) flow_leave_entry(entry);
    runtime_drop_deadline(entry);
    atomic_store_explicit(&runtime->inside.current, entry->outer, memory_order_release);
    thread_fence_often();
    runtime_settle_stop(runtime);
    engine_leave(entry);
    stay_leave(entry);
}
