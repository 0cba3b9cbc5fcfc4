#include "debug/requests.h"

#include "core/host_lock.h"
#include "core/runtime_state.h"

bool host_requests_give(jsrun_session *session, const char *text, size_t length) {
    jsrun_runtime *runtime = session->runtime;
    const jsrun_host *host = &runtime->host;
    if (!host->request) return false;
    jsrun_entry *entry = atomic_load_explicit(&runtime->inside.current, memory_order_relaxed);
    host_lock before = entry_acquire_host(entry);
    bool taken = host->request(host->data, session, text, length);
    entry_restore_host(entry, before);
    return taken;
}

void host_requests_end(jsrun_session *session) {
    jsrun_runtime *runtime = session->runtime;
    const jsrun_host *host = &runtime->host;
    if (!session->host_data) return;
    jsrun_entry *entry = atomic_load_explicit(&runtime->inside.current, memory_order_relaxed);
    host_lock before = entry_acquire_host(entry);
    host->requests_end(host->data, session);
    entry_restore_host(entry, before);
    session->host_data = NULL;
}

void **jsrun_session_host_data(jsrun_session *session) { return &session->host_data; }

void jsrun_session_answer(jsrun_session *session, const char *text, size_t length) {
    if (runtime_check_process(session->runtime) != JSRUN_OK) return;
    pthread_mutex_lock(&session->client_lock);
    if (!session->left) session->client.message(session->client.data, text, length);
    pthread_mutex_unlock(&session->client_lock);
}
