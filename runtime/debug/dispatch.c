#define _GNU_SOURCE /* memmem() */
#include "debug/dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "base/utf.h"
#include "core/runtime_state.h"
#include "v8/embedder.h"
#include "v8/engine_inspector.h"

/* V8 tells its clients of a pause before it pauses. A client that was told must not find the
 * runtime running. */
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

void session_dispatch(jsrun_session *session, const char *text, size_t length) {
    size_t units = 0;
    if (!session->engine_session) return;
    uint16_t *message = utf16_from_utf8(text, length, &units);
    if (!message) return;
    jsrun_runtime *runtime = session->runtime;
    jsrun_session *outer = runtime->holder.dispatched;
    unsigned depth = runtime->holder.calling_depth;
    runtime->holder.dispatched = session;
    runtime->holder.calling_depth = 0; /* what the message runs is not a host function's */
    if (session->dispatching++ == session->suspended) session->dispatched_at = thread_busy();
    engine_session_dispatch(session->engine_session, message, units);
    session->dispatching--;
    runtime->holder.calling_depth = depth;
    runtime->holder.dispatched = outer;
    free(message);
}

bool session_command(jsrun_session *session, const char *message) {
    session->muted = true;
    session->refused = !session->engine_session;
    session_dispatch(session, message, strlen(message));
    session->muted = false;
    return !session->refused;
}
