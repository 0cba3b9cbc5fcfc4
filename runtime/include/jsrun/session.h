/* Inspector sessions: one attached client of the Chrome DevTools Protocol (CDP).
 *
 * These functions never touch V8, never take the isolate and never block on it: they queue for the
 * thread that has the isolate, and wake it. They may be called from any thread; the host lock is
 * neither needed nor touched. */
#ifndef JSRUN_SESSION_H
#define JSRUN_SESSION_H

#include "jsrun/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct jsrun_session jsrun_session;

/* The client's half. Called by the thread that has the isolate, without the host lock, and never
 * two at a time for one session. */
typedef struct jsrun_session_client {
    void *data;
    /* A response or an event: one JSON text in UTF-8, not NUL-terminated, valid during the call.
     * May block to slow its producer down; must return soon once the client wants to call
     * jsrun_session_close(), or the runtime closes (closing() of jsrun_runtime_on_close()
     * tells). */
    void (*message)(void *data, const char *text, size_t length);
    /* The runtime has closed: no message follows. jsrun_session_close() still has to be called. */
    void (*closed)(void *data);
} jsrun_session_client;

/* Attaches a client. On JSRUN_OK the caller owns *session and ends with jsrun_session_close().
 * Starts the runtime thread; from then on JavaScript runs there. Errors: JSRUN_CLOSED,
 * JSRUN_HEAP_LIMIT, JSRUN_FORKED, JSRUN_NO_MEMORY. `client` is copied. */
jsrun_status jsrun_session_open(jsrun_runtime *runtime, const jsrun_session_client *client,
                                jsrun_session **session);

/* Queues one CDP message (JSON in UTF-8; copied). Any text is accepted: V8 answers a malformed one
 * with a CDP error. Messages are handled in order. They are dropped if the client leaves first, or
 * the runtime closes. JSRUN_OK, JSRUN_CLOSED, or JSRUN_NO_MEMORY. */
jsrun_status jsrun_session_send(jsrun_session *session, const char *text, size_t length);

/* How many bytes of messages wait to be handled, for flow control by the caller. */
size_t jsrun_session_backlog(jsrun_session *session);

/* Handles what clients have sent if this thread has the isolate, in a job that waits for an answer;
 * on any other thread it does nothing. With the host lock, which is released meanwhile. */
void jsrun_runtime_serve_sessions(jsrun_runtime *runtime);

/* Detaches the client and frees the session. Waits for a callback of this session that is under way
 * (so the client lets it return first). No callback follows. If it was the last session a pause
 * ends. A session may outlive the runtime's close and release. Not to be called from the session's
 * own callbacks. */
void jsrun_session_close(jsrun_session *session);

/* --- what the host answers itself: see request() of jsrun_host -------------------------------- */

/* What the host keeps with a session; NULL at first. For request() and requests_end() only, which
 * runs if it is not NULL. */
void **jsrun_session_host_data(jsrun_session *session);

/* A reference keeps the session, and so its runtime's memory, from being freed; its end is not put
 * off. Any thread; host lock not needed. */
void jsrun_session_retain(jsrun_session *session);
void jsrun_session_release(jsrun_session *session);

/* Sends the client one message, JSON in UTF-8, unless it has left. May wait until the client has
 * read others: not with the host lock. Any thread. */
void jsrun_session_answer(jsrun_session *session, const char *text, size_t length);

/* Has V8 answer a request that request() has taken. As jsrun_session_send(). */
jsrun_status jsrun_session_decline(jsrun_session *session, const char *text, size_t length);

/* --- what the host can ask of the debuggers that are attached --------------------------------- */

/* Whether there are any. Never blocks. Any thread; host lock not needed. */
bool jsrun_runtime_is_debugged(jsrun_runtime *runtime);

/* JavaScript that runs, or else runs next, stops in the debugger. Does not wait. False: no debugger
 * is attached, and nothing happens. Any thread; host lock not needed. */
bool jsrun_runtime_request_pause(jsrun_runtime *runtime);

/* Waits until a client that is attached has sent Runtime.runIfWaitingForDebugger, which debuggers
 * do once they have set their breakpoints. With the host lock, which is released meanwhile; in a
 * job too. JSRUN_OK; JSRUN_TIMED_OUT after `seconds` (negative: no limit); JSRUN_INTERRUPTED by
 * check_signals(); or why the runtime has ended. */
jsrun_status jsrun_runtime_await_debugger(jsrun_runtime *runtime, double seconds);

#ifdef __cplusplus
}
#endif

#endif
