/* Inspector sessions: the clients' side queues, the isolate's holder serves. */
#define _GNU_SOURCE /* memmem() */
#include "core/session.h"

#include <stdlib.h>
#include <string.h>

#include "debug/requests.h"
#include "base/utf.h"
#include "v8/embedder.h"

void jsrun_session_retain(jsrun_session *session) { atomic_fetch_add(&session->references, 1); }

void jsrun_session_release(jsrun_session *session) {
    if (atomic_fetch_sub(&session->references, 1) != 1) return;
    jsrun_runtime *runtime = session->runtime;
    pthread_mutex_destroy(&session->client_lock);
    free(session);
    jsrun_runtime_release(runtime);
}

/* --- the clients' side --------------------------------------------------------------------------- */

/* Wakes whoever has the isolate: a pause and the runtime thread by the condition, running JavaScript by an interrupt. */
static void enqueue_locked(jsrun_runtime *runtime, inbound *item) {
    if (runtime->locked.inbound.last)
        runtime->locked.inbound.last->next = item;
    else
        runtime->locked.inbound.first = item;
    runtime->locked.inbound.last = item;
    if (runtime->engine) runtime_request_interrupt_locked(runtime, INTERRUPT_FOR_SESSIONS);
    pthread_cond_broadcast(&runtime->changed);
}

static const char pause_method[] = "Debugger.pause";
static const char terminate_method[] = "Runtime.terminateExecution";

/* Clients send these in order to get at JavaScript that runs, be it for a message of their own. */
static const char *const urgent_methods[] = {
    pause_method,
    "Debugger.removeBreakpoint",
    "Debugger.setBreakpoint",
    "Debugger.setBreakpointByUrl",
    "Debugger.setBreakpointsActive",
    "Debugger.setSkipAllPauses",
    terminate_method,
};

/* For these V8 goes over its lists of scripts and matches regular expressions of the client's, which may take long and are
 * interrupted: no other message may change the lists meanwhile. */
static const char *const undisturbed_methods[] = {
    "Debugger.searchInContent",
    "Debugger.setBlackboxPatterns",
    "Debugger.setBreakpointByUrl",
};

/* What the host may answer. V8 knows none of these. */
static const char *const host_methods[] = {"IO.close", "IO.read", "Network.loadNetworkResource"};

static const char *skip_space(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) at++;
    return at;
}

/* A look, not a parser: a quote inside a string of JSON's has a backslash, so the key cannot be one's text. Where the
 * method's name begins, and ends with a quote; NULL: nowhere. */
static const char *find_method(const char *text, const char *end) {
    static const char key[] = "\"method\"";
    const char *at = memmem(text, (size_t)(end - text), key, sizeof key - 1);
    if (!at) return NULL;
    at = skip_space(at + sizeof key - 1, end);
    if (at == end || *at != ':') return NULL;
    at = skip_space(at + 1, end);
    return at == end || *at != '"' ? NULL : at + 1;
}

static bool is_method(const char *at, const char *end, const char *method) {
    size_t size = strlen(method);
    return (size_t)(end - at) > size && memcmp(at, method, size) == 0 && at[size] == '"';
}

static bool is_one_of(const char *at, const char *end, const char *const methods[], size_t count) {
    for (size_t i = 0; i < count; i++)
        if (is_method(at, end, methods[i])) return true;
    return false;
}

static void classify(inbound *item) {
    const char *end = item->text + item->length;
    const char *method = find_method(item->text, end);
    if (!method) return;
    item->urgent =
        is_one_of(method, end, urgent_methods, sizeof urgent_methods / sizeof *urgent_methods);
    item->undisturbed = is_one_of(method, end, undisturbed_methods,
                                  sizeof undisturbed_methods / sizeof *undisturbed_methods);
    item->for_host =
        is_one_of(method, end, host_methods, sizeof host_methods / sizeof *host_methods);
    item->pauses = is_method(method, end, pause_method);
    item->terminates = is_method(method, end, terminate_method);
}

static inbound *inbound_new(jsrun_session *session, inbound_kind kind, const char *text,
                            size_t length) {
    inbound *item = malloc(sizeof *item + length);
    if (!item) return NULL;
    *item = (inbound){.kind = kind, .session = session, .length = length};
    if (length) memcpy(item->text, text, length);
    item->urgent = kind != INBOUND_MESSAGE;
    if (kind == INBOUND_MESSAGE) classify(item);
    jsrun_session_retain(session);
    return item;
}

bool session_enqueue_locked(jsrun_runtime *runtime, inbound_kind kind) {
    inbound *item = runtime->locked.sessions.first
                        ? inbound_new(runtime->locked.sessions.first, kind, NULL, 0)
                        : NULL;
    if (item) enqueue_locked(runtime, item);
    return item;
}

static void inbound_free(inbound *item) {
    jsrun_session_release(item->session);
    free(item);
}

jsrun_status jsrun_session_open(jsrun_runtime *runtime, const jsrun_session_client *client,
                                jsrun_session **result) {
    if (runtime_check_process(runtime) != JSRUN_OK) return JSRUN_FORKED;
    jsrun_status status = JSRUN_NO_MEMORY;
    jsrun_session *session = calloc(1, sizeof *session);
    if (!session) return status;
    if (pthread_mutex_init(&session->client_lock, NULL) != 0) {
        free(session);
        return status;
    }
    runtime_retain(runtime);
    session->runtime = runtime;
    session->client = *client;
    atomic_init(&session->references, 1);
    inbound *item = inbound_new(session, INBOUND_OPEN, NULL, 0);
    if (!item) goto failed;

    pthread_mutex_lock(&runtime->lock);
    /* A terminated runtime may still be looked at; a closed one is gone. */
    if (runtime->locked.phase != OPEN) {
        status = runtime->locked.end_status;
    } else if (runtime_thread_start_locked(runtime)) {
        status = JSRUN_OK;
        session->next = runtime->locked.sessions.first;
        runtime->locked.sessions.first = session;
        jsrun_session_retain(session); /* the list's */
        runtime->locked.sessions.count++;
        atomic_fetch_or(&runtime->holds, HOLD_SESSION);
        enqueue_locked(runtime, item);
    }
    pthread_mutex_unlock(&runtime->lock);
    if (status != JSRUN_OK) {
        inbound_free(item);
        goto failed;
    }
    *result = session;
    return JSRUN_OK;

failed:
    jsrun_session_release(session);
    return status;
}

/* Takes `item` over, which is NULL if there was no memory for it. */
static jsrun_status send(jsrun_session *session, inbound *item) {
    jsrun_runtime *runtime = session->runtime;
    if (!item) return JSRUN_NO_MEMORY;
    pthread_mutex_lock(&runtime->lock);
    bool open = runtime->locked.phase == OPEN;
    if (open) {
        atomic_fetch_add(&session->backlog, item->length);
        enqueue_locked(runtime, item);
    }
    pthread_mutex_unlock(&runtime->lock);
    if (!open) inbound_free(item);
    return open ? JSRUN_OK : JSRUN_CLOSED;
}

jsrun_status jsrun_session_send(jsrun_session *session, const char *text, size_t length) {
    if (runtime_check_process(session->runtime) != JSRUN_OK) return JSRUN_FORKED;
    return send(session, inbound_new(session, INBOUND_MESSAGE, text, length));
}

jsrun_status jsrun_session_decline(jsrun_session *session, const char *text, size_t length) {
    if (runtime_check_process(session->runtime) != JSRUN_OK) return JSRUN_FORKED;
    inbound *item = inbound_new(session, INBOUND_MESSAGE, text, length);
    if (item) item->for_host = false;
    return send(session, item);
}

size_t jsrun_session_backlog(jsrun_session *session) { return atomic_load(&session->backlog); }

void jsrun_session_close(jsrun_session *session) {
    if (runtime_check_process(session->runtime) != JSRUN_OK) return;
    pthread_mutex_lock(&session->client_lock);
    session->left = true;
    pthread_mutex_unlock(&session->client_lock);
    pthread_mutex_lock(&session->runtime->lock);
    session->leaving = true;
    pthread_mutex_unlock(&session->runtime->lock);
    /* Memory that is out may cost the detachment until the runtime closes, but no callback follows. */
    send(session, inbound_new(session, INBOUND_CLOSE, NULL, 0));
    jsrun_session_release(session);
}

/* --- the isolate's holder's side -------------------------------------------------------------------- */

/* V8 tells its clients of a pause before it pauses: whoever has been told is not to find it running. */
static void note_pause(jsrun_runtime *runtime, const char *text, size_t length) {
    static const char paused[] = "{\"method\":\"Debugger.paused\"";
    if (length >= sizeof paused - 1 && memcmp(text, paused, sizeof paused - 1) == 0)
        atomic_store(&runtime->inside.paused, true);
}

void runtime_session_message(struct jsrun_session *session, const char *text, size_t length) {
    if (session->muted) {
        static const char error[] = "\"error\":";
        session->refused = memmem(text, length, error, sizeof error - 1) != NULL;
        return;
    }
    note_pause(session->runtime, text, length);
    pthread_mutex_lock(&session->client_lock);
    if (!session->left) session->client.message(session->client.data, text, length);
    pthread_mutex_unlock(&session->client_lock);
}

/* Moves the session from the runtime's list to that of detached ones; the last one lets callers borrow again. */
static void forget(jsrun_session *session) {
    jsrun_runtime *runtime = session->runtime;
    pthread_mutex_lock(&runtime->lock);
    for (jsrun_session **at = &runtime->locked.sessions.first; *at; at = &(*at)->next) {
        if (*at != session) continue;
        *at = session->next;
        session->next = runtime->locked.sessions.detached; /* with the list's reference */
        runtime->locked.sessions.detached = session;
        if (--runtime->locked.sessions.count == 0)
            atomic_fetch_and(&runtime->holds, ~(unsigned)HOLD_SESSION);
        runtime->tasks.posted = true; /* the runtime thread is to free it */
        pthread_cond_broadcast(&runtime->changed);
        break;
    }
    pthread_mutex_unlock(&runtime->lock);
}

static void dispatch(jsrun_session *session, const char *text, size_t length) {
    size_t units = 0;
    if (!session->engine_session) return;
    uint16_t *message = utf16_from_utf8(text, length, &units);
    if (!message) return;
    jsrun_runtime *runtime = session->runtime;
    jsrun_session *outer = runtime->holder.dispatched;
    runtime->holder.dispatched = session;
    session->dispatching++;
    engine_session_dispatch(session->engine_session, message, units);
    session->dispatching--;
    runtime->holder.dispatched = outer;
    free(message);
}

bool session_command(jsrun_session *session, const char *message) {
    session->muted = true;
    session->refused = !session->engine_session;
    dispatch(session, message, strlen(message));
    session->muted = false;
    return !session->refused;
}

/* V8 must not lose a session that it is in the middle of: a message of it is on the stack, or V8 describes to it what a
 * script logs, which may run JavaScript and lead here. So the session only falls silent now. */
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

static void serve(jsrun_runtime *runtime, inbound *item) {
    jsrun_session *session = item->session;
    switch (item->kind) {
    case INBOUND_OPEN:
        session->engine_session = engine_session_new(runtime->engine, session, runtime->name);
        break;
    case INBOUND_MESSAGE:
        atomic_fetch_sub(&session->backlog, item->length);
        if (session->detached) break;
        if (item->for_host && host_requests_give(session, item->text, item->length)) break;
        runtime->holder.undisturbed = item->undisturbed;
        dispatch(session, item->text, item->length);
        runtime->holder.undisturbed = false;
        if (item->pauses) runtime_note_pause_request(session);
        break;
    case INBOUND_PAUSE:
        runtime_pause_on_request(runtime);
        break;
    case INBOUND_CLOSE:
        detach(session);
        break;
    }
}

/* A client's messages are handled in order: while one runs JavaScript, whose interrupts lead here, the next
 * ones wait. Unless it has paused, or they are there to stop it. */
static bool is_due(const inbound *item) {
    if (item->session->runtime->holder.undisturbed) return false;
    return item->urgent || item->session->dispatching == item->session->suspended;
}

bool runtime_has_messages_locked(jsrun_runtime *runtime) {
    for (inbound *item = runtime->locked.inbound.first; item; item = item->next)
        if (is_due(item)) return true;
    return false;
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
    }
    pthread_mutex_unlock(&runtime->lock);
    return item;
}

served runtime_serve_one(jsrun_runtime *runtime) {
    inbound *item = take_due(runtime);
    if (!item) return SERVED_NONE;
    serve(runtime, item);
    served result = item->terminates ? SERVED_TERMINATION : SERVED_MESSAGE;
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
    /* The first one that debugs pauses for all; while paused, sessions come and go. */
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
