/* The methods of the root. */
#include <stdio.h>
#include <string.h>

#include "jsrun/inspector.h"
#include "root_call.h"

typedef struct method {
    const char *name;
    void (*run)(inspector_root_call *call);
} method;

/* --- parameters and results ------------------------------------------------------------------- */

static void wrong_parameter(inspector_root_call *call, const char *name, const char *type) {
    inspector_root_fail(call, INSPECTOR_INVALID_PARAMS, "Invalid parameters: %s: %s value expected",
                        name, type);
}

/* False: the call has failed. `otherwise` is the value of a missing parameter. */
static bool get_bool(inspector_root_call *call, const char *name, bool otherwise, bool *value) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(call->params, name);
    *value = item ? cJSON_IsTrue(item) : otherwise;
    if (!item || cJSON_IsBool(item)) return true;
    wrong_parameter(call, name, "boolean");
    return false;
}

static bool need_bool(inspector_root_call *call, const char *name, bool *value) {
    if (!cJSON_GetObjectItemCaseSensitive(call->params, name)) {
        wrong_parameter(call, name, "boolean");
        return false;
    }
    return get_bool(call, name, false, value);
}

/* NULL: it is missing, which is allowed, or the call has failed. */
static const char *get_string(inspector_root_call *call, const char *name) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(call->params, name);
    if (item && !cJSON_IsString(item)) wrong_parameter(call, name, "string");
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static const char *need_string(inspector_root_call *call, const char *name) {
    const char *value = get_string(call, name);
    if (!value && !call->code) wrong_parameter(call, name, "string");
    return value;
}

static void give(inspector_root_call *call, const char *name, cJSON *value) {
    if (value && cJSON_AddItemToObject(call->result, name, value)) return;
    cJSON_Delete(value);
    call->root->failed = true;
}

static void give_string(inspector_root_call *call, const char *name, const char *value) {
    give(call, name, cJSON_CreateString(value));
}

/* --- finding ---------------------------------------------------------------------------------- */

static const struct inspector_entries *entries_of(const inspector_root_call *call) {
    return inspector_endpoint_entries(call->root->connection->endpoint);
}

static const char *root_id(const inspector_root_call *call) {
    return inspector_endpoint_root_id(call->root->connection->endpoint);
}

static inspector_entry *need_target(inspector_root_call *call) {
    const char *id = need_string(call, "targetId");
    if (!id) return NULL;
    inspector_entry *entry = inspector_endpoint_find(call->root->connection->endpoint, id);
    if (!entry)
        inspector_root_fail(call, INSPECTOR_INVALID_PARAMS, "No target with given id found");
    return entry;
}

static inspector_link *session_of_target(const inspector_root *root, const char *target) {
    inspector_link *link;
    LIST_FOREACH(link, &root->links, next) {
        if (link->wrapping != INSPECTOR_WRAP_WORKER && strcmp(link->entry->info->id, target) == 0)
            return link;
    }
    return NULL;
}

/* Finds a link by "sessionId", or by "targetId" where that is allowed. `worker`: one of NodeWorker,
 * otherwise of Target. */
static inspector_link *need_session(inspector_root_call *call, bool worker) {
    const char *target = worker ? NULL : get_string(call, "targetId");
    const char *session = target && !cJSON_GetObjectItemCaseSensitive(call->params, "sessionId")
                              ? NULL
                              : need_string(call, "sessionId");
    if (call->code) return NULL;
    inspector_link *link = session ? inspector_root_session(call->root, session, strlen(session))
                                   : session_of_target(call->root, target);
    if (link && (link->wrapping == INSPECTOR_WRAP_WORKER) == worker) return link;
    inspector_root_fail(call, INSPECTOR_INVALID_PARAMS, "No session with given id");
    return NULL;
}

/* --- Target ----------------------------------------------------------------------------------- */

static void attach_all(inspector_root *root, inspector_wrapping wrapping) {
    inspector_entry *entry;
    TAILQ_FOREACH(entry, inspector_endpoint_entries(root->connection->endpoint), link) {
        inspector_root_attach(root, entry, wrapping, true, false);
    }
}

static void detach_all(inspector_root *root, bool workers) {
    for (inspector_link *link = LIST_FIRST(&root->links), *next; link; link = next) {
        next = LIST_NEXT(link, next);
        if (link->automatic && (link->wrapping == INSPECTOR_WRAP_WORKER) == workers)
            inspector_root_detach(root, link);
    }
}

static void set_auto_attach(inspector_root_call *call) {
    inspector_root *root = call->root;
    bool attach, hold, flatten, before = root->attaches;
    if (!need_bool(call, "autoAttach", &attach) ||
        !need_bool(call, "waitForDebuggerOnStart", &hold) ||
        !get_bool(call, "flatten", false, &flatten))
        return;
    root->attaches = attach;
    root->attach_holds = hold;
    /* Sessions are flat whatever "flatten" says. DevTools asks targets of type node for sessions
     * that are not flat, because Node.js ignores the parameter, and then expects flat ones. */
    if (attach && !before) attach_all(root, INSPECTOR_WRAP_FLAT);
    if (!attach && before) detach_all(root, false);
}

static void set_discover_targets(inspector_root_call *call) {
    inspector_root *root = call->root;
    bool discover, before = root->discovers;
    if (!need_bool(call, "discover", &discover)) return;
    root->discovers = discover;
    if (!discover || before) return;
    const inspector_entry *entry;
    TAILQ_FOREACH(entry, entries_of(call), link) {
        cJSON *params = cJSON_CreateObject();
        cJSON *info = inspector_root_target_info(entry, false);
        if (!params || !info || !cJSON_AddItemToObject(params, "targetInfo", info)) {
            cJSON_Delete(params);
            cJSON_Delete(info);
            params = NULL;
        }
        inspector_root_event(root, "Target.targetCreated", params);
    }
}

static void get_targets(inspector_root_call *call) {
    cJSON *list = cJSON_CreateArray();
    const inspector_entry *entry;
    TAILQ_FOREACH(entry, entries_of(call), link) {
        cJSON *info = inspector_root_target_info(entry, false);
        if (list && info && cJSON_AddItemToArray(list, info)) continue;
        cJSON_Delete(info);
        call->root->failed = true;
    }
    give(call, "targetInfos", list);
}

static cJSON *own_info(const inspector_root_call *call) {
    cJSON *info = cJSON_CreateObject();
    if (info && cJSON_AddStringToObject(info, "targetId", root_id(call)) &&
        cJSON_AddStringToObject(info, "type", "browser") &&
        cJSON_AddStringToObject(info, "title", "jsrun") &&
        cJSON_AddStringToObject(info, "url", "") && cJSON_AddBoolToObject(info, "attached", true) &&
        cJSON_AddBoolToObject(info, "canAccessOpener", false))
        return info;
    cJSON_Delete(info);
    return NULL;
}

static void get_target_info(inspector_root_call *call) {
    const char *id = get_string(call, "targetId");
    if (call->code) return;
    if (!id || strcmp(id, root_id(call)) == 0) {
        give(call, "targetInfo", own_info(call));
        return;
    }
    const inspector_entry *entry = need_target(call);
    if (entry) give(call, "targetInfo", inspector_root_target_info(entry, false));
}

static void attach_to_target(inspector_root_call *call) {
    bool flatten;
    inspector_entry *entry = need_target(call);
    if (!entry || !get_bool(call, "flatten", false, &flatten)) return;
    inspector_link *link = inspector_root_attach(
        call->root, entry, flatten ? INSPECTOR_WRAP_FLAT : INSPECTOR_WRAP_TARGET, false, false);
    if (link)
        give_string(call, "sessionId", link->id);
    else
        inspector_root_fail(call, INSPECTOR_SERVER_ERROR, "The target is closing");
}

static void detach_from_target(inspector_root_call *call) {
    inspector_link *link = need_session(call, false);
    if (link) inspector_root_detach(call->root, link);
}

static void pass_on(inspector_root_call *call, bool worker) {
    const char *message = need_string(call, "message");
    if (!message) return;
    inspector_link *link = need_session(call, worker);
    if (!link) return;
    if (link->wrapping == INSPECTOR_WRAP_FLAT) {
        inspector_root_fail(call, INSPECTOR_INVALID_REQUEST,
                            "The session is flat: its messages have its sessionId");
        return;
    }
    switch (inspector_link_send(link, message, strlen(message))) {
    case JSRUN_OK:
        break;
    case JSRUN_NO_MEMORY:
        call->root->failed = true;
        break;
    default:
        inspector_root_fail(call, INSPECTOR_SERVER_ERROR, "The target is closing");
    }
}

static void send_message_to_target(inspector_root_call *call) { pass_on(call, false); }

static void get_browser_contexts(inspector_root_call *call) {
    give(call, "browserContextIds", cJSON_CreateArray());
}

static void set_remote_locations(inspector_root_call *call) {
    if (!cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(call->params, "locations")))
        wrong_parameter(call, "locations", "array");
}

/* --- NodeWorker ------------------------------------------------------------------------------- */

static void enable_workers(inspector_root_call *call) {
    inspector_root *root = call->root;
    bool hold, before = root->workers;
    if (!need_bool(call, "waitForDebuggerOnStart", &hold)) return;
    root->workers = true;
    root->worker_holds = hold;
    if (!before) attach_all(root, INSPECTOR_WRAP_WORKER);
}

static void disable_workers(inspector_root_call *call) {
    call->root->workers = false;
    detach_all(call->root, true);
}

/* VS Code sends NodeWorker.detach to the worker itself, and waits until the worker is gone. True:
 * this was such a message, and it was answered. */
static bool detaches_itself(inspector_root_call *call, inspector_link *link, const char *message) {
    if (!strstr(message, "\"NodeWorker.detach\"")) return false;
    cJSON *request = cJSON_Parse(message);
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(request, "id");
    const cJSON *method = cJSON_GetObjectItemCaseSensitive(request, "method");
    bool detaches = cJSON_IsNumber(id) && cJSON_IsString(method) &&
                    strcmp(method->valuestring, "NodeWorker.detach") == 0;
    if (detaches) {
        char answer[64];
        snprintf(answer, sizeof(answer), "{\"id\":%.0f,\"result\":{}}", id->valuedouble);
        cJSON *params = cJSON_CreateObject();
        if (!params || !cJSON_AddStringToObject(params, "sessionId", link->id) ||
            !cJSON_AddStringToObject(params, "message", answer)) {
            cJSON_Delete(params);
            params = NULL;
        }
        inspector_root_event(call->root, "NodeWorker.receivedMessageFromWorker", params);
        inspector_root_detach(call->root, link);
    }
    cJSON_Delete(request);
    return detaches;
}

static void send_message_to_worker(inspector_root_call *call) {
    const char *message = get_string(call, "message");
    inspector_link *link = message ? need_session(call, true) : NULL;
    if (!call->code && !(link && detaches_itself(call, link, message))) pass_on(call, true);
}

static void detach_worker(inspector_root_call *call) {
    inspector_link *link = need_session(call, true);
    if (link) inspector_root_detach(call->root, link);
}

/* --- Browser ---------------------------------------------------------------------------------- */

static void get_version(inspector_root_call *call) {
    char agent[128];
    snprintf(agent, sizeof(agent), "jsrun/%s (V8 %s)", JSRUN_VERSION, jsrun_v8_version());
    give_string(call, "protocolVersion", "1.3");
    give_string(call, "product", "jsrun/" JSRUN_VERSION);
    give_string(call, "revision", "");
    give_string(call, "userAgent", agent);
    give_string(call, "jsVersion", jsrun_v8_version());
}

/* --- what clients ask of every target --------------------------------------------------------- */

static void done(inspector_root_call *call) { (void)call; }

static void no_javascript(inspector_root_call *call) {
    inspector_root_fail(call, INSPECTOR_SERVER_ERROR,
                        "This target has no JavaScript of its own: attach to a runtime");
}

static void enable_debugger(inspector_root_call *call) {
    give_string(call, "debuggerId", root_id(call));
}

static void set_breakpoint(inspector_root_call *call) {
    char id[32];
    snprintf(id, sizeof(id), "root:%u", ++call->root->breakpoints);
    give_string(call, "breakpointId", id);
}

static void set_breakpoint_by_url(inspector_root_call *call) {
    set_breakpoint(call);
    give(call, "locations", cJSON_CreateArray());
}

static void get_isolate_id(inspector_root_call *call) { give_string(call, "id", root_id(call)); }

static void get_heap_usage(inspector_root_call *call) {
    give(call, "usedSize", cJSON_CreateNumber(0));
    give(call, "totalSize", cJSON_CreateNumber(0));
}

static const method methods[] = {
    {"Browser.getVersion", get_version},
    {"NodeWorker.detach", detach_worker},
    {"NodeWorker.disable", disable_workers},
    {"NodeWorker.enable", enable_workers},
    {"NodeWorker.sendMessageToWorker", send_message_to_worker},
    {"Target.attachToTarget", attach_to_target},
    {"Target.detachFromTarget", detach_from_target},
    {"Target.getBrowserContexts", get_browser_contexts},
    {"Target.getTargetInfo", get_target_info},
    {"Target.getTargets", get_targets},
    {"Target.sendMessageToTarget", send_message_to_target},
    {"Target.setAutoAttach", set_auto_attach},
    {"Target.setDiscoverTargets", set_discover_targets},
    {"Target.setRemoteLocations", set_remote_locations},

    {"Console.disable", done},
    {"Console.enable", done},
    {"Debugger.disable", done},
    {"Debugger.enable", enable_debugger},
    {"Debugger.evaluateOnCallFrame", no_javascript},
    {"Debugger.pause", no_javascript},
    {"Debugger.removeBreakpoint", done},
    {"Debugger.resume", no_javascript},
    {"Debugger.setAsyncCallStackDepth", done},
    {"Debugger.setBlackboxExecutionContexts", done},
    {"Debugger.setBlackboxPatterns", done},
    {"Debugger.setBreakpointByUrl", set_breakpoint_by_url},
    {"Debugger.setBreakpointsActive", done},
    {"Debugger.setInstrumentationBreakpoint", set_breakpoint},
    {"Debugger.setPauseOnExceptions", done},
    {"Debugger.setSkipAllPauses", done},
    {"HeapProfiler.disable", done},
    {"HeapProfiler.enable", done},
    {"Profiler.disable", done},
    {"Profiler.enable", done},
    {"Profiler.setSamplingInterval", done},
    {"Runtime.addBinding", done},
    {"Runtime.disable", done},
    {"Runtime.discardConsoleEntries", done},
    {"Runtime.enable", done},
    {"Runtime.evaluate", no_javascript},
    {"Runtime.getHeapUsage", get_heap_usage},
    {"Runtime.getIsolateId", get_isolate_id},
    {"Runtime.releaseObjectGroup", done},
    {"Runtime.removeBinding", done},
    {"Runtime.runIfWaitingForDebugger", done},
    {"Runtime.setAsyncCallStackDepth", done},
    {"Runtime.setCustomObjectFormatterEnabled", done},
    {"Runtime.setMaxCallStackSizeToCapture", done},
};

void inspector_root_dispatch(inspector_root_call *call) {
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(call->method, methods[i].name) != 0) continue;
        methods[i].run(call);
        return;
    }
    inspector_root_fail(call, INSPECTOR_METHOD_NOT_FOUND, "'%.100s' wasn't found", call->method);
}
