/* Sessions: the client's side. */
#include "jsrun/session.h"

#include <stdlib.h>

#include "core/runtime_state.h"
#include "core/session_state.h"
#include "core/thread.h"
#include "debug/inbound.h"

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
    /* A terminated runtime can still be inspected; a closed one cannot. */
    if (runtime->locked.phase != OPEN) {
        status = runtime->locked.end_status;
    } else if (runtime_thread_start_locked(runtime)) {
        status = JSRUN_OK;
        session->next = runtime->locked.sessions.first;
        runtime->locked.sessions.first = session;
        jsrun_session_retain(session); /* for the list */
        runtime->locked.sessions.count++;
        atomic_fetch_or(&runtime->holds, HOLD_SESSION);
        inbound_append_locked(runtime, item);
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

/* Owns `item` from here on. NULL: there was no memory for it. */
static jsrun_status send_inbound(jsrun_session *session, inbound *item) {
    jsrun_runtime *runtime = session->runtime;
    if (!item) return JSRUN_NO_MEMORY;
    pthread_mutex_lock(&runtime->lock);
    bool open = runtime->locked.phase == OPEN;
    if (open) {
        atomic_fetch_add(&session->backlog, item->length);
        inbound_append_locked(runtime, item);
    }
    pthread_mutex_unlock(&runtime->lock);
    if (!open) inbound_free(item);
    return open ? JSRUN_OK : JSRUN_CLOSED;
}

jsrun_status jsrun_session_send(jsrun_session *session, const char *text, size_t length) {
    if (runtime_check_process(session->runtime) != JSRUN_OK) return JSRUN_FORKED;
    return send_inbound(session, inbound_new(session, INBOUND_MESSAGE, text, length));
}

jsrun_status jsrun_session_decline(jsrun_session *session, const char *text, size_t length) {
    if (runtime_check_process(session->runtime) != JSRUN_OK) return JSRUN_FORKED;
    inbound *item = inbound_new(session, INBOUND_MESSAGE, text, length);
    if (item) item->for_host = false;
    return send_inbound(session, item);
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
    /* Without memory for this the session stays attached to V8 until the runtime closes, but no
     * callback follows. */
    send_inbound(session, inbound_new(session, INBOUND_CLOSE, NULL, 0));
    jsrun_session_release(session);
}
