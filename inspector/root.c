#include "root.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jsrun/inspector.h"
#include "root_call.h"

inspector_root *inspector_root_new(inspector_connection *connection, inspector_outbox *outbox) {
    inspector_root *root = calloc(1, sizeof(*root));
    if (!root) return NULL;
    root->connection = connection;
    root->outbox = outbox;
    LIST_INIT(&root->links);
    return root;
}

void inspector_root_free(inspector_root *root) {
    if (!root) return;
    while (!LIST_EMPTY(&root->links)) {
        inspector_link *link = LIST_FIRST(&root->links);
        LIST_REMOVE(link, next);
        inspector_link_free(link);
    }
    free(root);
}

size_t inspector_root_backlog(const inspector_root *root) {
    size_t backlog = 0;
    const inspector_link *link;
    LIST_FOREACH(link, &root->links, next) backlog += inspector_link_backlog(link);
    return backlog;
}

/* --- messages to the client ------------------------------------------------------------------- */

void inspector_root_send(inspector_root *root, cJSON *message) {
    char *text = message ? cJSON_PrintUnformatted(message) : NULL;
    cJSON_Delete(message);
    if (!text || !inspector_outbox_push(root->outbox, text, strlen(text))) root->failed = true;
    cJSON_free(text);
    inspector_connection_wake(root->connection);
}

void inspector_root_event(inspector_root *root, const char *method, cJSON *params) {
    cJSON *event = cJSON_CreateObject();
    if (!params || !event || !cJSON_AddStringToObject(event, "method", method) ||
        !cJSON_AddItemToObject(event, "params", params)) {
        cJSON_Delete(params);
        cJSON_Delete(event);
        event = NULL;
    }
    inspector_root_send(root, event);
}

void inspector_root_fail(inspector_root_call *call, int code, const char *format, ...) {
    va_list arguments;
    call->code = code;
    va_start(arguments, format);
    vsnprintf(call->message, sizeof(call->message), format, arguments);
    va_end(arguments);
}

/* --- sessions --------------------------------------------------------------------------------- */

inspector_link *inspector_root_session(const inspector_root *root, const char *id, size_t length) {
    inspector_link *link;
    LIST_FOREACH(link, &root->links, next) {
        if (strlen(link->id) == length && memcmp(link->id, id, length) == 0) return link;
    }
    return NULL;
}

cJSON *inspector_root_target_info(const inspector_entry *entry, bool automatic) {
    const jsrun_target_info *info = entry->info;
    cJSON *target = cJSON_CreateObject();
    /* DevTools shows a target that it was attached to automatically as a thread, with its title, if
     * the type is worker. Its window for Node.js looks for the type node. */
    if (target && cJSON_AddStringToObject(target, "targetId", info->id) &&
        cJSON_AddStringToObject(target, "type", automatic ? "worker" : "node") &&
        cJSON_AddStringToObject(target, "title", info->title) &&
        cJSON_AddStringToObject(target, "url", info->target_url) &&
        cJSON_AddBoolToObject(target, "attached", entry->clients > 0) &&
        cJSON_AddBoolToObject(target, "canAccessOpener", false))
        return target;
    cJSON_Delete(target);
    return NULL;
}

static cJSON *worker_info(const inspector_entry *entry) {
    const jsrun_target_info *info = entry->info;
    cJSON *worker = cJSON_CreateObject();
    if (worker && cJSON_AddStringToObject(worker, "workerId", info->id) &&
        cJSON_AddStringToObject(worker, "type", "worker") &&
        cJSON_AddStringToObject(worker, "title", info->title) &&
        cJSON_AddStringToObject(worker, "url", info->target_url))
        return worker;
    cJSON_Delete(worker);
    return NULL;
}

static void tell_attached(inspector_root *root, const inspector_link *link) {
    bool worker = link->wrapping == INSPECTOR_WRAP_WORKER;
    bool waiting = jsrun_runtime_is_waiting_for_debugger(link->entry->runtime);
    cJSON *params = cJSON_CreateObject();
    cJSON *info = worker ? worker_info(link->entry)
                         : inspector_root_target_info(link->entry, link->automatic);
    if (!params || !info || !cJSON_AddStringToObject(params, "sessionId", link->id) ||
        !cJSON_AddItemToObject(params, worker ? "workerInfo" : "targetInfo", info)) {
        cJSON_Delete(info);
        cJSON_Delete(params);
        params = NULL;
    } else if (!cJSON_AddBoolToObject(params, "waitingForDebugger", waiting)) {
        cJSON_Delete(params);
        params = NULL;
    }
    inspector_root_event(root, worker ? "NodeWorker.attachedToWorker" : "Target.attachedToTarget",
                         params);
}

inspector_link *inspector_root_attach(inspector_root *root, inspector_entry *entry,
                                      inspector_wrapping wrapping, bool automatic, bool hold) {
    inspector_link *link = inspector_link_new(root->connection, root->outbox, entry, wrapping);
    if (!link) {
        root->failed = true;
        return NULL;
    }
    link->automatic = automatic;
    LIST_INSERT_HEAD(&root->links, link, next);
    if (hold) inspector_link_hold(link);
    /* The client has to know of the session before the session's first message. */
    tell_attached(root, link);
    jsrun_status status = inspector_link_attach(link);
    if (status == JSRUN_OK) return link;
    if (status == JSRUN_NO_MEMORY) root->failed = true;
    inspector_root_detach(root, link);
    return NULL;
}

void inspector_root_detach(inspector_root *root, inspector_link *link) {
    bool worker = link->wrapping == INSPECTOR_WRAP_WORKER;
    cJSON *params = cJSON_CreateObject();
    if (params &&
        (!cJSON_AddStringToObject(params, "sessionId", link->id) ||
         (!worker && !cJSON_AddStringToObject(params, "targetId", link->entry->info->id)))) {
        cJSON_Delete(params);
        params = NULL;
    }
    LIST_REMOVE(link, next);
    inspector_link_free(link); /* it sends nothing after this */
    inspector_root_event(
        root, worker ? "NodeWorker.detachedFromWorker" : "Target.detachedFromTarget", params);
}

bool inspector_root_find(inspector_root *root, inspector_entry *entry) {
    if (root->discovers) {
        cJSON *params = cJSON_CreateObject();
        cJSON *info = inspector_root_target_info(entry, false);
        if (!params || !info || !cJSON_AddItemToObject(params, "targetInfo", info)) {
            cJSON_Delete(params);
            cJSON_Delete(info);
            params = NULL;
        }
        inspector_root_event(root, "Target.targetCreated", params);
    }
    if (root->attaches)
        inspector_root_attach(root, entry, INSPECTOR_WRAP_FLAT, true, root->attach_holds);
    if (root->workers)
        inspector_root_attach(root, entry, INSPECTOR_WRAP_WORKER, true, root->worker_holds);
    return !root->failed;
}

static void detach_from(inspector_root *root, const inspector_entry *entry) {
    for (inspector_link *link = LIST_FIRST(&root->links), *next; link; link = next) {
        next = LIST_NEXT(link, next);
        if (link->entry == entry) inspector_root_detach(root, link);
    }
}

bool inspector_root_lose(inspector_root *root, const inspector_entry *entry) {
    detach_from(root, entry);
    if (root->discovers) {
        cJSON *params = cJSON_CreateObject();
        if (params && !cJSON_AddStringToObject(params, "targetId", entry->info->id)) {
            cJSON_Delete(params);
            params = NULL;
        }
        inspector_root_event(root, "Target.targetDestroyed", params);
    }
    return !root->failed;
}

bool inspector_root_look(inspector_root *root) {
    for (inspector_link *link = LIST_FIRST(&root->links), *next; link; link = next) {
        next = LIST_NEXT(link, next);
        if (atomic_load(&link->ended)) inspector_root_detach(root, link);
    }
    return !root->failed;
}
