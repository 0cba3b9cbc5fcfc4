/* Running JavaScript inside a job: the host lock, promise jobs, and the outcome. */
#include "core/scripts.h"

#include <math.h>
#include <stdlib.h>

#include "core/deadline.h"
#include "core/flows.h"
#include "core/host_lock.h"
#include "core/runtime_state.h"
#include "core/session_state.h"
#include "core/stop.h"
#include "jsrun/execute.h"
#include "v8/engine_inspector.h"
#include "v8/engine_promises.h"
#include "v8/engine_run.h"

#define MOST_FRAMES 64

static JSRUN_COLD void pause_on_start(jsrun_runtime *runtime) {
    bool breaks = atomic_exchange(&runtime->asked.break_on_start, false);
    runtime->holder.pause_on_next = false;
    pthread_mutex_lock(&runtime->lock);
    jsrun_session *session = runtime->locked.sessions.first;
    pthread_mutex_unlock(&runtime->lock);
    /* Only the isolate's holder, this thread, takes sessions off the list. */
    for (; session; session = session->next) {
        if (session->engine_session && !session->detached && (breaks || session->pause_on_next))
            engine_session_pause_on_next(session->engine_session,
                                         breaks ? "Break on start" : "other");
        session->pause_on_next = false;
    }
}

void runtime_pause_on_start(jsrun_runtime *runtime) {
    if (atomic_load_explicit(&runtime->asked.break_on_start, memory_order_relaxed) ||
        runtime->holder.pause_on_next)
        pause_on_start(runtime);
}

bool entry_start_scripts(jsrun_entry *entry, host_lock *before) {
    /* If the runtime ends after this look, V8 is told to stop. */
    if (atomic_load(&entry->runtime->stop) == STOP_ENDED) return false;
    *before = entry_offer_host(entry);
    return true;
}

static bool begin(jsrun_entry *entry, host_lock *before) {
    if (!entry_start_scripts(entry, before)) return false;
    runtime_start_script(entry->runtime);
    runtime_pause_on_start(entry->runtime);
    return true;
}

/* Getters of scripts may run, and may be stopped. */
static JSRUN_COLD jsrun_status describe(jsrun_entry *entry) {
    if (!entry->frames) entry->frames = calloc(MOST_FRAMES, sizeof *entry->frames);
    engine_describe(entry, &entry->exception, entry->frames, entry->frames ? MOST_FRAMES : 0);
    return runtime_is_stopping(entry->runtime) ? runtime_stop_status(entry->runtime)
                                               : JSRUN_EXCEPTION;
}

jsrun_status entry_status_of(jsrun_entry *entry, engine_outcome outcome) {
    switch (outcome) {
    case ENGINE_OK:
        return JSRUN_OK;
    case ENGINE_THREW:
        return describe(entry);
    case ENGINE_TERMINATED:
        return runtime_stop_status(entry->runtime);
    case ENGINE_REFUSED:
        break;
    }
    return JSRUN_NO_MEMORY;
}

/* Promise jobs run when the last script on the stack has ended: so the specification says. */
static bool is_last_script(const jsrun_entry *entry) {
    return runtime_script_depth(entry->runtime) == 1;
}

/* What was stopped may have left promise jobs behind: they are its own, and run now, for a little
 * while, so that what comes next does not have to. V8 forgets those that it is stopped in the
 * middle of. */
static JSRUN_COLD void finish_stopped(jsrun_entry *entry) {
    jsrun_runtime *runtime = entry->runtime;
    stop_reason reason = atomic_load(&runtime->stop);
    double deadline = entry->deadline, timeout = entry->timeout;
    for (jsrun_entry *at = entry; at; at = at->outer) at->stopped = true;
    if (reason == STOP_NONE || reason == STOP_ENDED || entry->outer) return;
    jsrun_limit last = jsrun_limit_start(FLOW_LAST_SECONDS);
    entry->deadline = INFINITY;
    entry_set_limit(entry, &last);
    runtime_settle_stop(runtime);
    engine_run_microtasks(entry);
    entry->deadline = deadline;
    entry->timeout = timeout;
    atomic_store(&runtime->inside.deadline, deadline);
    runtime_stay_stopped(runtime, reason);
}

/* `jobs_due`: promise jobs are yet to run, if this was the last script. */
static jsrun_status end(jsrun_entry *entry, host_lock before, engine_outcome outcome,
                        bool jobs_due) {
    jsrun_runtime *runtime = entry->runtime;
    if (jobs_due && outcome != ENGINE_TERMINATED && is_last_script(entry) &&
        engine_run_microtasks(entry) == ENGINE_TERMINATED)
        outcome = ENGINE_TERMINATED;
    jsrun_status status = entry_status_of(entry, outcome);
    if (outcome == ENGINE_TERMINATED && is_last_script(entry)) finish_stopped(entry);
    runtime_finish_script(runtime);
    entry_restore_host(entry, before);
    return status;
}

jsrun_status entry_finish_scripts(jsrun_entry *entry, host_lock before, engine_outcome outcome) {
    runtime_start_script(entry->runtime);
    return end(entry, before, outcome, true);
}

jsrun_status jsrun_evaluate(jsrun_entry *entry, jsrun_value source, jsrun_value name,
                            jsrun_value *result) {
    host_lock before;
    if (!begin(entry, &before)) return runtime_stop_status(entry->runtime);
    engine_outcome outcome = engine_evaluate(entry, source, name, is_last_script(entry), result);
    return end(entry, before, outcome, outcome != ENGINE_OK);
}

JSRUN_HOT jsrun_status jsrun_call(jsrun_entry *entry, jsrun_value function, jsrun_value receiver,
                                  const jsrun_value *arguments, size_t argument_count,
                                  jsrun_value *result) {
    host_lock before;
    if (!begin(entry, &before)) return runtime_stop_status(entry->runtime);
    engine_outcome outcome = engine_call(entry, function, receiver, arguments, argument_count,
                                         is_last_script(entry), result);
    return end(entry, before, outcome, outcome != ENGINE_OK);
}

jsrun_status jsrun_settle(jsrun_entry *entry, jsrun_value value, bool *pending,
                          jsrun_value *result) {
    *pending = false;
    *result = value;
    switch (engine_promise_result(entry, value, result)) {
    case ENGINE_NO_PROMISE:
    case ENGINE_FULFILLED:
        return JSRUN_OK;
    case ENGINE_PENDING:
        *pending = true;
        *result = value;
        return JSRUN_OK;
    case ENGINE_REJECTED:
        break;
    }
    host_lock before = entry_offer_host(entry); /* getters of the reason may run */
    jsrun_status status = describe(entry);
    entry_restore_host(entry, before);
    return status;
}

const jsrun_exception *jsrun_entry_exception(jsrun_entry *entry) { return &entry->exception; }

jsrun_status entry_describe(jsrun_entry *entry, jsrun_value thrown, jsrun_value message) {
    entry->thrown = thrown;
    entry->thrown_message = message;
    host_lock before = entry_offer_host(entry);
    jsrun_status status = describe(entry);
    entry_restore_host(entry, before);
    return status;
}

jsrun_status jsrun_error_describe(jsrun_entry *entry, jsrun_value error,
                                  const jsrun_exception **description) {
    *description = &entry->exception;
    return entry_describe(entry, error, NULL);
}

void runtime_report_uncaught(jsrun_entry *entry) {
    const jsrun_host *host = &entry->runtime->host;
    if (!host->uncaught) return;
    host_lock before = entry_acquire_host(entry);
    host->uncaught(host->data, entry);
    entry_restore_host(entry, before);
}

bool jsrun_entry_is_alive(const jsrun_entry *entry) { return !engine_is_dead(entry->engine); }

jsrun_runtime *jsrun_entry_runtime(jsrun_entry *entry) { return entry->runtime; }
