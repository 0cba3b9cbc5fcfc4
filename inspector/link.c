#include "link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

inspector_link *inspector_link_new(inspector_connection *connection, inspector_outbox *outbox,
                                   inspector_entry *entry, inspector_wrapping wrapping) {
    inspector_link *link = calloc(1, sizeof(*link));
    if (!link) return NULL;
    link->connection = connection;
    link->outbox = outbox;
    link->entry = entry;
    link->wrapping = wrapping;
    if (!inspector_uuid(link->id)) {
        free(link);
        return NULL;
    }
    return link;
}

/* --- the session's callbacks: any thread ------------------------------------------------------ */

static bool put_flat(inspector_link *link, const char *text, size_t length) {
    static const char member[] = ",\"sessionId\":\"";
    /* Messages of V8 are objects with at least one member. */
    while (length > 0 && text[length - 1] != '}') length--;
    if (length < 2) return true;
    inspector_part parts[] = {{text, length - 1},
                              {member, sizeof(member) - 1},
                              {link->id, sizeof(link->id) - 1},
                              {"\"}", 2}};
    return inspector_outbox_put(link->outbox, parts, 4, &link->left);
}

static bool put_string(inspector_link *link, const char *method, const char *text, size_t length) {
    inspector_text wrapped = {0};
    inspector_text_print(&wrapped,
                         "{\"method\":\"%s\",\"params\":{\"sessionId\":\"%s\",\"message\":", method,
                         link->id);
    inspector_text_add_json(&wrapped, text, length);
    inspector_text_print(&wrapped, "}}");
    inspector_part part = {wrapped.data, wrapped.length};
    bool taken = !wrapped.failed && inspector_outbox_put(link->outbox, &part, 1, &link->left);
    inspector_text_free(&wrapped);
    return taken;
}

static bool put(inspector_link *link, const char *text, size_t length) {
    switch (link->wrapping) {
    case INSPECTOR_WRAP_FLAT:
        return put_flat(link, text, length);
    case INSPECTOR_WRAP_TARGET:
        return put_string(link, "Target.receivedMessageFromTarget", text, length);
    case INSPECTOR_WRAP_WORKER:
        return put_string(link, "NodeWorker.receivedMessageFromWorker", text, length);
    case INSPECTOR_WRAP_NONE:
        break;
    }
    return inspector_outbox_put(link->outbox, &(inspector_part){text, length}, 1, &link->left);
}

static void session_closed(void *data) {
    inspector_link *link = data;
    atomic_store(&link->ended, true);
    inspector_connection_wake(link->connection);
}

static void session_message(void *data, const char *text, size_t length) {
    inspector_link *link = data;
    if (put(link, text, length))
        inspector_connection_wake(link->connection);
    else if (!atomic_load(&link->left))
        session_closed(link); /* a client that has missed a message cannot go on */
}

/* --- the service thread's side ---------------------------------------------------------------- */

jsrun_status inspector_link_attach(inspector_link *link) {
    jsrun_session_client client = {
        .data = link, .message = session_message, .closed = session_closed};
    jsrun_status status = jsrun_session_open(link->entry->runtime, &client, &link->session);
    if (status == JSRUN_OK)
        link->entry->clients++;
    else
        link->session = NULL;
    return status;
}

void inspector_link_hold(inspector_link *link) {
    link->holds = true;
    link->entry->holders++;
    jsrun_runtime_wait_for_debugger(link->entry->runtime, false);
}

static void let_go(inspector_link *link) {
    if (!link->holds) return;
    inspector_entry *entry = link->entry;
    if (--entry->holders == 0 && !entry->waits) jsrun_runtime_stop_waiting(entry->runtime);
}

void inspector_link_free(inspector_link *link) {
    if (!link) return;
    atomic_store(&link->left, true);
    /* Drops a message that waits for room, so that closing the session does not wait for it. */
    inspector_outbox_nudge(link->outbox);
    if (link->session) {
        link->entry->clients--;
        jsrun_session_close(link->session);
    }
    let_go(link);
    free(link);
}

jsrun_status inspector_link_send(inspector_link *link, const char *text, size_t length) {
    return jsrun_session_send(link->session, text, length);
}

size_t inspector_link_backlog(const inspector_link *link) {
    return link->session ? jsrun_session_backlog(link->session) : 0;
}
