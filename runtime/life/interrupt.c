/* What the library does in an interrupt of JavaScript. */
#include "core/flows.h"
#include "core/heap_sample.h"
#include "core/host_lock.h"
#include "core/runtime_state.h"
#include "core/stop.h"
#include "debug/pause_on_request.h"
#include "debug/serve.h"
#include "v8/embedder.h"
#include "v8/engine_inspector.h"

void runtime_interrupt(jsrun_runtime *runtime) {
    unsigned what = atomic_exchange(&runtime->asked.interrupts, 0);
    jsrun_entry *entry = atomic_load(&runtime->inside.current);
    if (!entry) return;
    host_lock before = entry_release_host(entry);
    if (what & INTERRUPT_FOR_INSPECTOR) engine_inspect(runtime->engine, runtime->name);
    if (runtime_serve_sessions(runtime) == SERVED_TERMINATION) runtime_stop_by_client(runtime);
    if (what & INTERRUPT_FOR_HEAP) runtime_sample_heap(runtime);
    if (what & INTERRUPT_FOR_SIGNALS) {
        runtime_check_signals(entry);
        runtime_stop_abandoned(entry);
    }
    if (what & INTERRUPT_FOR_BREAK) runtime_break_now(runtime);
    /* A host lock that was kept stays released: other threads have waited long enough. */
    entry_restore_host(entry, before);
}
