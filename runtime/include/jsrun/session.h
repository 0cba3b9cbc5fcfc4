/* Inspector sessions: one attached client of the Chrome DevTools Protocol (CDP).
 *
 * These functions never touch V8, never take the isolate and never block on it: they queue for
 * whichever thread has the isolate and wake it. They may be called from any thread; the host lock
 * is neither needed nor touched. */
#ifndef JSRUN_SESSION_H
#define JSRUN_SESSION_H

#include "jsrun/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct jsrun_session jsrun_session;

/* The client's half. Called by the thread that has the isolate, without the host lock, and never two
 * at a time for one session. */
typedef struct jsrun_session_client {
    void *data;
    /* A response or an event: one JSON text in UTF-8, not NUL-terminated, valid during the call. May
     * block to slow its producer down; must return soon after jsrun_session_close() is to be called
     * or the runtime closes (closing() of jsrun_runtime_on_close() tells). */
    void (*message)(void *data, const char *text, size_t length);
    /* The runtime has closed: no message follows. jsrun_session_close() is still owed. */
    void (*closed)(void *data);
} jsrun_session_client;

/* Attaches a client. On JSRUN_OK the caller owns *session and ends with jsrun_session_close().
 * Starts the runtime thread; from here on JavaScript runs there. Errors: JSRUN_CLOSED,
 * JSRUN_FORKED, JSRUN_NO_MEMORY. `client` is copied. */
jsrun_status jsrun_session_open(jsrun_runtime *runtime, const jsrun_session_client *client,
                                jsrun_session **session);

/* Queues one CDP message (JSON in UTF-8; copied). Anything is taken: V8 answers what is malformed
 * with a CDP error. Messages are handled in order. JSRUN_OK, JSRUN_CLOSED, or JSRUN_NO_MEMORY. */
jsrun_status jsrun_session_send(jsrun_session *session, const char *text, size_t length);

/* How many bytes of messages wait to be handled; for flow control by the caller. */
size_t jsrun_session_backlog(jsrun_session *session);

/* Detaches the client and frees the session. Waits for a callback of this session that is under way (so the
 * client lets it return first); after that none follows. If it was the last session a pause ends. A session
 * may outlive the runtime's close and release. Not to be called from the session's own callbacks. */
void jsrun_session_close(jsrun_session *session);

#ifdef __cplusplus
}
#endif

#endif
