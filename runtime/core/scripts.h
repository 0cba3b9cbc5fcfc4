/* Running JavaScript inside of a job. All functions: with the isolate. */
#ifndef RUNTIME_CORE_SCRIPTS_H
#define RUNTIME_CORE_SCRIPTS_H

#include "core/runtime_state.h"

/* --- the script depth: only the holder changes it, so no change can be lost -------------------- */

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

/* Whether what runs innermost is not JavaScript but a function of the host's that it has called. */
static inline bool runtime_is_in_host_call(jsrun_runtime *runtime) {
    return runtime->holder.calling_depth == runtime_script_depth(runtime) + 1;
}

/* --- around scripts ---------------------------------------------------------------------------- */

/* Around what may run JavaScript by functions that start a script of their own: releases the host lock, and runs promise jobs
 * in the end, unless this is inside of a script. *before is for the second. False: the runtime has ended. */
bool entry_start_scripts(jsrun_entry *entry, host_lock *before);
jsrun_status entry_finish_scripts(jsrun_entry *entry, host_lock before, engine_outcome outcome);

/* Schedules the pause that break_on_start, or a client while nothing ran, has asked for. */
void runtime_pause_on_start(jsrun_runtime *runtime);

/* --- what came of it --------------------------------------------------------------------------- */

/* What `outcome` means to the host; describes an exception, for which getters of scripts may run: without the host lock. */
jsrun_status entry_status_of(jsrun_entry *entry, engine_outcome outcome);
/* Describes `thrown`, for jsrun_entry_exception(); `message` tells where, or is NULL. Getters of scripts may run.
 * JSRUN_EXCEPTION, or why JavaScript was stopped meanwhile. */
jsrun_status entry_describe(jsrun_entry *entry, jsrun_value thrown, jsrun_value message);
/* Tells the host of an exception that nobody waits for: the entry's last one. */
void runtime_report_uncaught(jsrun_entry *entry);

#endif
