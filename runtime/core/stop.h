/* Stopping JavaScript, and interrupting it. */
#ifndef RUNTIME_CORE_STOP_H
#define RUNTIME_CORE_STOP_H

#include "core/runtime_state.h"

/* What runtime_interrupt() is to do. */
enum {
    INTERRUPT_FOR_SESSIONS = 1,
    INTERRUPT_FOR_SIGNALS = 2,
    INTERRUPT_FOR_HEAP = 4,
    INTERRUPT_FOR_INSPECTOR = 8,
    INTERRUPT_FOR_BREAK = 16,
};

/* How often a thread of the host's that waits, or is paused, lets the host look at its signals. */
#define SIGNAL_SECONDS 0.05

/* --- `lock` held ------------------------------------------------------------------------------- */

/* Stops the JavaScript that runs now, if any does. */
void runtime_stop_locked(jsrun_runtime *runtime, stop_reason reason);
/* No job any more, because of `why`; stops what runs. */
void runtime_end_locked(jsrun_runtime *runtime, jsrun_status why);
/* runtime_request_interrupt(). */
void runtime_request_interrupt_locked(jsrun_runtime *runtime, unsigned what);
/* runtime_check_signals() for a thread that waits without the host lock. True: stop waiting. `lock` is released meanwhile. */
bool runtime_check_signals_locked(jsrun_runtime *runtime, void **token);

/* --- without `lock` ---------------------------------------------------------------------------- */

/* Has `what` (INTERRUPT_FOR_…) done by the thread that runs JavaScript, now or next. Any thread; the engine exists. */
JSRUN_COLD void runtime_request_interrupt(jsrun_runtime *runtime, unsigned what);

/* --- with the isolate -------------------------------------------------------------------------- */

/* Whether JavaScript was asked to stop, and the job that was asked is not over. */
static inline bool runtime_is_stopping(jsrun_runtime *runtime) {
    return atomic_load_explicit(&runtime->stop, memory_order_relaxed) != STOP_NONE;
}

/* When a job is over: what was to stop only that job is over, too. */
void runtime_settle_stop(jsrun_runtime *runtime);
/* A client has asked for the end of the JavaScript that runs. */
void runtime_stop_by_client(jsrun_runtime *runtime);
/* What a stopped execution comes to. */
JSRUN_COLD jsrun_status runtime_stop_status(jsrun_runtime *runtime);
/* Runs check_signals(); stops JavaScript and returns true if it says so. Takes the host lock itself. */
bool runtime_check_signals(jsrun_entry *entry);

#endif
