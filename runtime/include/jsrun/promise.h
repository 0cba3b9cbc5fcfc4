/* Promises: waiting for those of scripts, and making some that the host settles.
 *
 * Functions with an entry: on the job's thread. The host lock may be held unless a function says
 * otherwise. */
#ifndef JSRUN_PROMISE_H
#define JSRUN_PROMISE_H

#include "jsrun/execute.h"
#include "jsrun/value.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- being told ------------------------------------------------------------------------------- */

/* A watched promise is settled. JSRUN_OK: `value` is its value. JSRUN_EXCEPTION: it was rejected,
 * and jsrun_entry_exception() tells the reason. Any other status: the runtime has ended, and
 * `value` is NULL. On the runtime thread or the one that closes, with the isolate and WITHOUT the
 * host lock. */
typedef void (*jsrun_settled)(jsrun_entry *entry, void *data, jsrun_status status,
                              jsrun_value value);

/* Watches a promise: `settled` is called once. Starts the runtime thread. Getters of scripts may
 * run. On JSRUN_OK *number is for jsrun_promise_unwatch(). Else JSRUN_EXCEPTION, a status of an
 * ended runtime, or JSRUN_NO_MEMORY, and `settled` is never called. The rejection counts as
 * handled. */
jsrun_status jsrun_promise_watch(jsrun_entry *entry, jsrun_value promise, jsrun_settled settled,
                                 void *data, uint32_t *number);

/* True: `settled` will not be called. False: it was called, or there is no such watch. */
bool jsrun_promise_unwatch(jsrun_entry *entry, uint32_t number);

/* --- waiting ---------------------------------------------------------------------------------- */

typedef struct jsrun_wait jsrun_wait;

/* In a job: prepares a wait for a promise. The caller gives *wait to jsrun_wait_finish() after the
 * job. Fails like jsrun_promise_watch(), and with JSRUN_STUCK in a job that JavaScript waits
 * for. */
jsrun_status jsrun_wait_start(jsrun_entry *entry, jsrun_value promise, jsrun_wait **wait);

/* Outside of any job, with the host lock, which is released meanwhile: waits until the promise is
 * settled, and frees `wait`. JSRUN_OK; JSRUN_STUCK if nothing is left that could settle it (no
 * timer, no operation of the host's, nothing that V8 does); JSRUN_INTERRUPTED by check_signals();
 * JSRUN_TIMED_OUT when `limit`, that of the job or NULL, is over; or why the runtime has ended.
 * `operations_count`: whether operations of the host's may go on while this thread waits. */
jsrun_status jsrun_wait_finish(jsrun_runtime *runtime, jsrun_wait *wait, jsrun_limit *limit,
                               bool operations_count);

/* Frees `wait`, if nobody will wait. Host lock not needed. */
void jsrun_wait_cancel(jsrun_runtime *runtime, jsrun_wait *wait);

/* How many seconds the runtime has been paused, or has waited for a debugger, so far. Any thread,
 * no lock. */
double jsrun_runtime_paused_seconds(jsrun_runtime *runtime);

/* --- promises of the host's, and what may settle them ----------------------------------------- */

/* A new promise that the host will settle, by *number. NULL: out of memory. It counts as an
 * operation under way. */
jsrun_value jsrun_promise_new(jsrun_entry *entry, uint32_t *number);

/* Settles it. WITHOUT the host lock, since `value` may inherit a getter of a script. False: it was
 * settled before. Its reactions run when the job ends. */
bool jsrun_promise_settle(jsrun_entry *entry, uint32_t number, bool rejected, jsrun_value value);

/* --- flows ------------------------------------------------------------------- */

/* A number of the host's that follows JavaScript: a reaction of a promise runs with the number that
 * was set when the reaction was made, a timer's function with the one from when the timer was set.
 * 0 at first. It is followed from the first call of jsrun_flow_follow() on, which makes promises
 * slower in some versions of V8. */
void jsrun_flow_follow(jsrun_entry *entry);
void jsrun_flow_set(jsrun_entry *entry, uint32_t number);
uint32_t jsrun_flow(jsrun_entry *entry);

/* Abandons the flow with this number: nobody waits for it. JavaScript of it that runs for longer
 * than a tick or two of the watchdog is stopped, now and later, and its timers have a tenth of a
 * second in all. Any thread. */
void jsrun_flow_abandon(jsrun_runtime *runtime, uint32_t number);

/* What was posted with the number (jsrun_post_without_host()) has come to something. Once for each;
 * any thread. */
void jsrun_flow_finish(jsrun_runtime *runtime, uint32_t number);

#ifdef __cplusplus
}
#endif

#endif
