#include "json.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jsrun/inspector.h"

void inspector_websocket_url(const inspector_endpoint *endpoint, const char *authority,
                             const char *id, char url[INSPECTOR_URL_SIZE]) {
    const char *token = inspector_endpoint_token(endpoint);
    snprintf(url, INSPECTOR_URL_SIZE, "ws://%s/ws/%s%s%s", authority, id,
             token ? "?access_token=" : "", token ? token : "");
}

/* Chrome has this page of the DevTools front end built in. */
static void frontend_url(const char *page, const inspector_endpoint *endpoint,
                         const char *authority, const char *id, char url[INSPECTOR_URL_SIZE]) {
    const char *token = inspector_endpoint_token(endpoint);
    snprintf(url, INSPECTOR_URL_SIZE, "devtools://devtools/bundled/%s?v8only=true&ws=%s/ws/%s%s%s",
             page, authority, id, token ? "%3Faccess_token%3D" : "", token ? token : "");
}

void inspector_frontend_url(const inspector_endpoint *endpoint, const char *authority,
                            const char *id, char url[INSPECTOR_URL_SIZE]) {
    frontend_url("js_app.html", endpoint, authority, id, url);
}

/* This page of the front end looks for the children of its target, and lists scripts by child. */
void inspector_root_frontend_url(const inspector_endpoint *endpoint, const char *authority,
                                 char url[INSPECTOR_URL_SIZE]) {
    const char *id = inspector_endpoint_root_id(endpoint);
    frontend_url("worker_app.html", endpoint, authority, id, url);
}

static void add_json(inspector_text *text, cJSON *json, bool complete) {
    char *printed = complete ? cJSON_Print(json) : NULL;
    if (printed) {
        inspector_text_add(text, printed, strlen(printed));
        inspector_text_add(text, "\n", 1);
        cJSON_free(printed);
    } else {
        text->failed = true;
    }
}

static bool add_string(cJSON *object, const char *key, const char *value) {
    return cJSON_AddStringToObject(object, key, value) != NULL;
}

static bool add_target(cJSON *list, const inspector_entry *entry, const char *authority) {
    const inspector_endpoint *endpoint = entry->endpoint;
    const jsrun_target_info *info = entry->info;
    char url[INSPECTOR_URL_SIZE];
    cJSON *target = cJSON_CreateObject();
    if (!target || !cJSON_AddItemToArray(list, target)) {
        cJSON_Delete(target);
        return false;
    }
    bool added = add_string(target, "description", info->description);
    frontend_url("js_app.html", endpoint, authority, info->id, url);
    added = added && add_string(target, "devtoolsFrontendUrl", url);
    frontend_url("inspector.html", endpoint, authority, info->id, url);
    added = added && add_string(target, "devtoolsFrontendUrlCompat", url);
    if (info->favicon_url) added = added && add_string(target, "faviconUrl", info->favicon_url);
    added = added && add_string(target, "id", info->id);
    added = added && add_string(target, "title", info->title);
    added = added && add_string(target, "type", "node");
    added = added && add_string(target, "url", info->target_url);
    inspector_websocket_url(endpoint, authority, info->id, url);
    return added && add_string(target, "webSocketDebuggerUrl", url);
}

void inspector_json_list(inspector_text *text, const inspector_endpoint *endpoint,
                         const char *authority) {
    cJSON *list = cJSON_CreateArray();
    bool complete = list != NULL;
    const inspector_entry *entry;
    TAILQ_FOREACH(entry, inspector_endpoint_entries(endpoint), link) {
        complete = complete && add_target(list, entry, authority);
    }
    add_json(text, list, complete);
    cJSON_Delete(list);
}

void inspector_json_version(inspector_text *text, const inspector_endpoint *endpoint,
                            const char *authority) {
    char browser[128], url[INSPECTOR_URL_SIZE];
    inspector_websocket_url(endpoint, authority, inspector_endpoint_root_id(endpoint), url);
    snprintf(browser, sizeof(browser), "jsrun/%s (V8 %s)", JSRUN_VERSION, jsrun_v8_version());
    cJSON *version = cJSON_CreateObject();
    bool complete =
        version && add_string(version, "Browser", browser) &&
        add_string(version, "Protocol-Version", "1.3") &&
        add_string(version, "V8-Version", jsrun_v8_version()) &&
        /* puppeteer and VS Code use this URL if there is one, and find the runtimes behind it. */
        add_string(version, "webSocketDebuggerUrl", url);
    add_json(text, version, complete);
    cJSON_Delete(version);
}
