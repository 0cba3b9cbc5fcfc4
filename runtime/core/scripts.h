/* Running JavaScript inside a job. All functions: with the isolate. */
#ifndef RUNTIME_CORE_SCRIPTS_H
#define RUNTIME_CORE_SCRIPTS_H

#include "core/runtime_state.h"

/* --- the script depth: only the holder changes it, so no change can be lost ------------------ */

static inline unsigned runtime_script_depth(jsrun_runtime *runtime) {
    return atomic_load_explicit(&runtime->inside.script_depth, memory_order_relaxed);
}

static inline void runtime_start_script(jsrun_runtime *runtime) {
    atomic_store_explicit(&runtime->inside.script_depth, runtime_script_depth(runtime) + 1,
                          memory_order_relaxed);
}

static inline void runtime_finish_script(jsrun_runtime *runtime) {
    atomic_store_explicit(&runtime->inside.script_depth, runtime_script_depth(runtime) - 1,
                          memory_order_relaxed);
}

/* Whether a host function that JavaScript has called runs innermost, and no JavaScript. */
static inline bool runtime_is_in_host_call(jsrun_runtime *runtime) {
    return runtime->holder.calling_depth == runtime_script_depth(runtime) + 1;
}

/* --- around scripts -------------------------------------------------------------------------- */

/* Around work that may run JavaScript and that calls runtime_start_script() itself. The first
 * function offers the host lock to other threads; *before is for the second one. False: the runtime
 * has ended. The second function runs promise jobs, unless a script is on the stack, and takes the
 * host lock back. */
bool entry_start_scripts(jsrun_entry *entry, host_lock *before);
jsrun_status entry_finish_scripts(jsrun_entry *entry, host_lock before, engine_outcome outcome);

/* Schedules the pause that break_on_start has asked for, or a client while nothing ran. */
void runtime_pause_on_start(jsrun_runtime *runtime);

/* --- the outcome ----------------------------------------------------------------------------- */

/* The status that `outcome` means. Describes an exception, for jsrun_entry_exception(): getters of
 * scripts may run. Without the host lock. */
jsrun_status entry_status_of(jsrun_entry *entry, engine_outcome outcome);
/* Describes `thrown`, for jsrun_entry_exception(). `message` tells where it was thrown, or is NULL.
 * Getters of scripts may run. Returns JSRUN_EXCEPTION, or why the getters were stopped. */
jsrun_status entry_describe(jsrun_entry *entry, jsrun_value thrown, jsrun_value message);
/* Reports the entry's last exception to the host as one that no job waits for. */
void runtime_report_uncaught(jsrun_entry *entry);

#endif
