#include "debug/pause_on_request.h"

#include "core/runtime_state.h"
#include "core/scripts.h"
#include "debug/dispatch.h"
#include "debug/inbound.h"
#include "v8/engine_inspector.h"
#include "v8/engine_run.h"

bool jsrun_runtime_request_pause(jsrun_runtime *runtime) {
    if (runtime_check_process(runtime) != JSRUN_OK) return false;
    pthread_mutex_lock(&runtime->lock);
    atomic_store(&runtime->asked.pause, true);
    bool asked = runtime->locked.phase == OPEN && session_enqueue_locked(runtime, INBOUND_PAUSE);
    if (!asked) atomic_store(&runtime->asked.pause, false);
    pthread_mutex_unlock(&runtime->lock);
    return asked;
}

/* Only the isolate's holder, this thread, takes sessions off the list. */
static jsrun_session *first_session(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    jsrun_session *session = runtime->locked.sessions.first;
    pthread_mutex_unlock(&runtime->lock);
    return session;
}

static bool can_pause(const jsrun_session *session) {
    return session->engine_session && !session->detached;
}

/* V8 forgets a request that was made while no JavaScript was on the stack as soon as the isolate is
 * left. So V8 is asked again when the next JavaScript starts. */
void runtime_note_pause_request(jsrun_session *session) {
    jsrun_runtime *runtime = session->runtime;
    if (runtime_is_in_host_call(runtime)) runtime->holder.pause_after_host_call = true;
    if (runtime_script_depth(runtime) > 0) return;
    session->pause_on_next = runtime->holder.pause_on_next = true;
}

void runtime_pause_on_request(jsrun_runtime *runtime) {
    if (runtime_is_in_host_call(runtime)) return; /* it is done when the function returns */
    if (!atomic_exchange(&runtime->asked.pause, false)) return;
    bool asked = false;
    for (jsrun_session *at = first_session(runtime); at; at = at->next) {
        if (!can_pause(at)) continue;
        runtime_note_pause_request(at);
        /* V8 would pause once for each session. One session whose debugger is enabled is enough: V8
         * tells all. */
        if (!asked) asked = session_command(at, "{\"id\":0,\"method\":\"Debugger.pause\"}");
    }
}

void runtime_break_now(jsrun_runtime *runtime) {
    if (atomic_exchange(&runtime->asked.break_on_start, false))
        runtime_break_here(runtime, "Break on start", "{}");
}

void runtime_break_here(jsrun_runtime *runtime, const char *reason, const char *details) {
    unsigned before = runtime->holder.pauses;
    pthread_mutex_lock(&runtime->lock);
    jsrun_session *session = runtime->locked.sessions.first;
    if (session) jsrun_session_retain(session);
    pthread_mutex_unlock(&runtime->lock);
    /* The first session that debugs pauses for all. During the pause others may open and close. */
    while (session) {
        if (session->engine_session && !session->detached) {
            session->dispatching++;
            engine_session_break(session->engine_session, reason, details);
            session->dispatching--;
        }
        pthread_mutex_lock(&runtime->lock);
        jsrun_session *next = runtime->holder.pauses == before ? session->next : NULL;
        if (next) jsrun_session_retain(next);
        pthread_mutex_unlock(&runtime->lock);
        jsrun_session_release(session);
        session = next;
    }
}

/* A client may have attached while the host function ran. V8 looks for interrupts only where it
 * enters the next function: a pause would come too late. */
void runtime_catch_up_after_host_call(jsrun_entry *entry) {
    jsrun_runtime *runtime = entry->runtime;
    unsigned pauses = runtime->holder.pauses;
    runtime->holder.pause_after_host_call = false;
    engine_look_for_interrupts(entry);
    if (atomic_exchange(&runtime->asked.pause, false) && runtime->holder.pauses == pauses)
        runtime_break_here(runtime, "other", "{}");
}
