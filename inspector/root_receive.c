/* Messages of the client of a root. */
#include <string.h>

#include "root.h"
#include "root_call.h"
#include "scan.h"

/* Takes over call->result. `id`: NULL if it is unknown. */
static void answer(inspector_root_call *call, const cJSON *id) {
    cJSON *error, *message = cJSON_CreateObject();
    bool made = message && (!id || cJSON_AddNumberToObject(message, "id", id->valuedouble));
    if (made && call->code) {
        error = cJSON_AddObjectToObject(message, "error");
        made = error && cJSON_AddNumberToObject(error, "code", call->code) &&
               cJSON_AddStringToObject(error, "message", call->message);
    } else if (made) {
        made = call->result && cJSON_AddItemToObject(message, "result", call->result);
        if (made) call->result = NULL;
    }
    cJSON_Delete(call->result);
    if (!made) {
        cJSON_Delete(message);
        message = NULL;
    }
    inspector_root_send(call->root, message);
}

static bool is_integer(const cJSON *number) {
    return cJSON_IsNumber(number) && number->valuedouble == (double)number->valueint;
}

/* Makes the answer to `request`. Errors have V8's wording. */
static void handle(inspector_root_call *call, const cJSON *request, const cJSON **id) {
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(request, "id");
    const cJSON *method = cJSON_GetObjectItemCaseSensitive(request, "method");
    call->params = cJSON_GetObjectItemCaseSensitive(request, "params");
    if (!request) {
        inspector_root_fail(call, INSPECTOR_PARSE_ERROR, "Message is not JSON");
    } else if (!cJSON_IsObject(request)) {
        inspector_root_fail(call, INSPECTOR_INVALID_REQUEST, "Message must be an object");
    } else if (!is_integer(number)) {
        inspector_root_fail(call, INSPECTOR_INVALID_REQUEST,
                            "Message must have integer 'id' property");
    } else if (!cJSON_IsString(method)) {
        *id = number;
        inspector_root_fail(call, INSPECTOR_INVALID_REQUEST,
                            "Message must have string 'method' property");
    } else if (cJSON_GetObjectItemCaseSensitive(request, "sessionId")) {
        *id = number;
        inspector_root_fail(call, INSPECTOR_NO_SESSION, "Session with given id not found.");
    } else if (call->params && !cJSON_IsObject(call->params)) {
        *id = number;
        inspector_root_fail(call, INSPECTOR_INVALID_REQUEST,
                            "Message property 'params' must be an object");
    } else {
        *id = number;
        call->method = method->valuestring;
        inspector_root_dispatch(call);
    }
}

jsrun_status inspector_root_receive(inspector_root *root, const char *text, size_t length) {
    const char *session;
    size_t session_length;
    if (inspector_scan_session_id(text, length, &session, &session_length)) {
        inspector_link *link = inspector_root_session(root, session, session_length);
        if (link && link->wrapping == INSPECTOR_WRAP_FLAT &&
            inspector_link_send(link, text, length) != JSRUN_CLOSED)
            return JSRUN_OK;
    }
    const cJSON *id = NULL;
    cJSON *request = cJSON_ParseWithLength(text, length);
    inspector_root_call call = {.root = root, .result = cJSON_CreateObject()};
    handle(&call, request, &id);
    answer(&call, id);
    cJSON_Delete(request);
    return root->failed ? JSRUN_NO_MEMORY : JSRUN_OK;
}
