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

/* How often a thread of the host lets the host look at its signals while it waits or is paused. */
#define SIGNAL_SECONDS 0.05

/* --- `lock` held ----------------------------------------------------------------------------- */

/* Stops the JavaScript that runs now, if any does. */
void runtime_stop_locked(jsrun_runtime *runtime, stop_reason reason);
/* No job may run any more, because of `why`. Stops the JavaScript that runs now. */
void runtime_end_locked(jsrun_runtime *runtime, jsrun_status why);
/* See runtime_request_interrupt(). */
void runtime_request_interrupt_locked(jsrun_runtime *runtime, unsigned what);
/* Lets the host look at its signals, on a thread that waits without the host lock. Releases `lock`
 * meanwhile. True: the thread is to stop waiting. */
bool runtime_check_signals_locked(jsrun_runtime *runtime, void **token);

/* One who waits is told to wait no longer (Ctrl-C): stops the turn that is in the way, if there is
 * one. */
void runtime_stop_turn_locked(jsrun_runtime *runtime);

/* --- without `lock` -------------------------------------------------------------------------- */

/* The thread that runs JavaScript, now or next, is to do `what` (INTERRUPT_FOR_…). Any thread; the
 * engine exists. */
JSRUN_COLD void runtime_request_interrupt(jsrun_runtime *runtime, unsigned what);

/* Stops what runs if its deadline has passed, else returns the deadline. For the watchdog, while an
 * engine exists. */
double runtime_enforce_deadline(jsrun_runtime *runtime, double now);

/* --- with the isolate ------------------------------------------------------------------------ */

/* Whether the JavaScript of the present job was asked to stop. */
static inline bool runtime_is_stopping(jsrun_runtime *runtime) {
    return atomic_load_explicit(&runtime->stop, memory_order_relaxed) != STOP_NONE;
}

/* A job is over, and so is a request to stop only that job. */
void runtime_settle_stop(jsrun_runtime *runtime);
/* JavaScript has run after a stop because of `reason`, which is why the job ends all the same. */
void runtime_stay_stopped(jsrun_runtime *runtime, stop_reason reason);
/* A client has asked for the end of the JavaScript that runs. */
void runtime_stop_by_client(jsrun_runtime *runtime);
/* The status of JavaScript that was stopped. */
JSRUN_COLD jsrun_status runtime_stop_status(jsrun_runtime *runtime);
/* Lets the host look at its signals; acquires the host lock for that. True: the host wants
 * JavaScript stopped, and it was told to stop. */
bool runtime_check_signals(jsrun_entry *entry);
/* In an interrupt of JavaScript that has run for some time: stops it if nobody waits for it any
 * more. */
void runtime_stop_abandoned(jsrun_entry *entry);

#endif
