#include "debug/serve.h"

#include <string.h>

#include "base/threads.h"
#include "core/enter.h"
#include "core/runtime_state.h"
#include "core/scripts.h"
#include "core/session_state.h"
#include "core/stop.h"
#include "debug/pause_on_request.h"
#include "debug/dispatch.h"
#include "debug/inbound.h"
#include "debug/parameters.h"
#include "debug/requests.h"
#include "v8/embedder.h"
#include "v8/engine_inspector.h"
#include "v8/engine_run.h"

/* --- sessions that leave --------------------------------------------------------------------- */

/* Moves the session from the list of attached sessions to that of detached ones. After the last one
 * callers may borrow the isolate again. */
static void forget(jsrun_session *session) {
    jsrun_runtime *runtime = session->runtime;
    pthread_mutex_lock(&runtime->lock);
    for (jsrun_session **at = &runtime->locked.sessions.first; *at; at = &(*at)->next) {
        if (*at != session) continue;
        *at = session->next;
        session->next = runtime->locked.sessions.detached; /* the reference moves with it */
        runtime->locked.sessions.detached = session;
        if (--runtime->locked.sessions.count == 0)
            atomic_fetch_and(&runtime->holds, ~(unsigned)HOLD_SESSION);
        runtime->tasks.posted = true; /* so that the runtime thread frees it */
        pthread_cond_broadcast(&runtime->changed);
        break;
    }
    pthread_mutex_unlock(&runtime->lock);
}

/* V8 must not lose a session that it uses: a message of the session is on the stack, or V8
 * describes to it what a script logs, and the description has run JavaScript that led here. So the
 * session only falls silent now. */
static void detach(jsrun_session *session) {
    session->detached = true;
    host_requests_end(session);
    session_command(session, "{\"id\":0,\"method\":\"Debugger.disable\"}");
    session_command(session, "{\"id\":0,\"method\":\"Runtime.disable\"}");
    forget(session);
}

void runtime_free_detached_sessions(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    jsrun_session *session = runtime->locked.sessions.detached;
    runtime->locked.sessions.detached = NULL;
    pthread_mutex_unlock(&runtime->lock);
    while (session) {
        jsrun_session *next = session->next;
        if (session->engine_session) engine_session_free(session->engine_session);
        session->engine_session = NULL;
        jsrun_session_release(session);
        session = next;
    }
}

/* --- messages -------------------------------------------------------------------------------- */

static bool refuse_parameters(jsrun_session *session, const inbound *item) {
    char answer[PARAMETERS_ANSWER_BYTES];
    if (!session->engine_session || !parameters_are_refused(item->text, item->length, answer))
        return false;
    runtime_session_message(session, answer, strlen(answer));
    return true;
}

/* V8 watches for side effects once in an isolate: a second check takes the first one's place, and
 * V8 goes on to use what the first one had. */
static void handle_message(jsrun_session *session, const inbound *item) {
    jsrun_runtime *runtime = session->runtime;
    jsrun_session *outer = runtime->holder.checking;
    char refusal[PARAMETERS_ANSWER_BYTES];
    bool checks = parameters_check_side_effects(item->text, item->length, refusal);
    if (checks && outer) {
        runtime_session_message(session, refusal, strlen(refusal));
        return;
    }
    if (checks) runtime->holder.checking = session;
    runtime->holder.undisturbed = item->undisturbed;
    session_dispatch(session, item->text, item->length);
    runtime->holder.undisturbed = false;
    runtime->holder.checking = outer;
    if (item->pauses) runtime_note_pause_request(session);
}

static void serve(jsrun_runtime *runtime, inbound *item) {
    jsrun_session *session = item->session;
    switch (item->kind) {
    case INBOUND_OPEN:
        session->engine_session = engine_session_new(runtime->engine, session, runtime->name);
        break;
    case INBOUND_MESSAGE:
        atomic_fetch_sub(&session->backlog, item->length);
        if (session->detached || item->dropped) break;
        if (item->for_host && host_requests_give(session, item->text, item->length)) break;
        if (refuse_parameters(session, item)) break;
        handle_message(session, item);
        break;
    case INBOUND_PAUSE:
        runtime_pause_on_request(runtime);
        break;
    case INBOUND_CLOSE:
        detach(session);
        break;
    }
}

/* Whether a message of this session has run JavaScript for so long that it must be possible to stop
 * it. In seconds of this thread: a message that only waits for a processor keeps its turn. */
static bool runs_long(const jsrun_session *session) {
    return thread_busy() - session->dispatched_at > 0.05;
}

/* Whether JavaScript runs that V8 watches for side effects. All that ran above it would be watched,
 * and refused what it does. In a pause there is no telling how long that lasts. */
static bool is_watched(const jsrun_session *checking) {
    return checking && checking->dispatching != checking->suspended;
}

/* A client's messages are handled in order. One may run JavaScript, whose interrupts lead here:
 * then the next ones wait, unless it has paused. Urgent ones wait only while it may still end by
 * itself: the watchdog's next interrupt leads here again. */
static bool is_due(const inbound *item) {
    const jsrun_session *session = item->session;
    const jsrun_session *checking = session->runtime->holder.checking;
    if (session->runtime->holder.undisturbed) return false;
    if (is_watched(checking) && item->kind == INBOUND_MESSAGE)
        return item->urgent && runs_long(checking);
    if (session->dispatching == session->suspended || item->kind != INBOUND_MESSAGE) return true;
    return item->urgent && (runtime_is_in_host_call(session->runtime) || runs_long(session));
}

bool runtime_has_messages_locked(jsrun_runtime *runtime) {
    for (inbound *item = runtime->locked.inbound.first; item; item = item->next)
        if (is_due(item)) return true;
    return false;
}

/* The messages of a client that has left must not hold up the program, and no message may hold up a
 * close. `lock` held. */
static bool is_dropped_locked(const inbound *item) {
    return item->session->leaving || item->session->runtime->locked.phase != OPEN;
}

static inbound *take_due(jsrun_runtime *runtime) {
    inbound *before = NULL;
    pthread_mutex_lock(&runtime->lock);
    inbound *item = runtime->locked.inbound.first;
    for (; item && !is_due(item); item = item->next) before = item;
    if (item) {
        if (before)
            before->next = item->next;
        else
            runtime->locked.inbound.first = item->next;
        if (!item->next) runtime->locked.inbound.last = before;
        item->dropped = item->kind == INBOUND_MESSAGE && is_dropped_locked(item);
    }
    pthread_mutex_unlock(&runtime->lock);
    return item;
}

served runtime_serve_one(jsrun_runtime *runtime) {
    inbound *item = take_due(runtime);
    if (!item) return SERVED_NONE;
    serve(runtime, item);
    served result = item->terminates && !item->dropped ? SERVED_TERMINATION : SERVED_MESSAGE;
    inbound_free(item);
    engine_renew_termination(runtime->engine);
    return result;
}

served runtime_serve_sessions(jsrun_runtime *runtime) {
    served last;
    do last = runtime_serve_one(runtime);
    while (last == SERVED_MESSAGE);
    return last;
}

void runtime_serve_in_host_call(jsrun_runtime *runtime, void **token) {
    jsrun_entry entry;
    runtime_enter(runtime, &entry, false, *token);
    served last = runtime_serve_sessions(runtime);
    *token = entry.host_token;
    runtime_leave(&entry);
    if (last == SERVED_TERMINATION) runtime_stop_by_client(runtime);
}

void jsrun_runtime_serve_sessions(jsrun_runtime *runtime) {
    if (runtime_check_process(runtime) != JSRUN_OK || !isolate_lock_is_mine(&runtime->isolate))
        return;
    void *token = runtime->host.release(runtime->host.data);
    runtime_serve_in_host_call(runtime, &token);
    runtime->host.acquire(runtime->host.data, token);
}

void runtime_suspend_messages(jsrun_runtime *runtime, bool suspend) {
    pthread_mutex_lock(&runtime->lock);
    for (jsrun_session *session = runtime->locked.sessions.first; session; session = session->next)
        session->suspended = suspend ? session->dispatching : 0;
    pthread_mutex_unlock(&runtime->lock);
}

/* --- the end --------------------------------------------------------------------------------- */

static void tell_closed(jsrun_session *session) {
    pthread_mutex_lock(&session->client_lock);
    if (!session->left) {
        session->left = true;
        session->client.closed(session->client.data);
    }
    pthread_mutex_unlock(&session->client_lock);
}

void runtime_close_sessions(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    inbound *item = runtime->locked.inbound.first;
    runtime->locked.inbound.first = runtime->locked.inbound.last = NULL;
    pthread_mutex_unlock(&runtime->lock);
    while (item) {
        inbound *next = item->next;
        inbound_free(item);
        item = next;
    }
    for (;;) {
        pthread_mutex_lock(&runtime->lock);
        jsrun_session *session = runtime->locked.sessions.first;
        pthread_mutex_unlock(&runtime->lock);
        if (!session) break;
        tell_closed(session);
        detach(session);
    }
    runtime_free_detached_sessions(runtime);
}
