#include "core/session_state.h"

#include <stdlib.h>

#include "jsrun/runtime.h"

void jsrun_session_retain(jsrun_session *session) { atomic_fetch_add(&session->references, 1); }

void jsrun_session_release(jsrun_session *session) {
    if (atomic_fetch_sub(&session->references, 1) != 1) return;
    jsrun_runtime *runtime = session->runtime;
    pthread_mutex_destroy(&session->client_lock);
    free(session);
    jsrun_runtime_release(runtime);
}
