#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "endpoint.h"
#include "admission.h"
#include "json.h"
#include "jsrun/inspector.h"
#include "page.h"
#include "protocol_json.h"
#include "text.h"
#include "token.h"

enum {
    WEBSOCKETS_MAX = 256,
    /* How long a client may take to read an answer. Some are long, and some lines are slow. */
    ANSWER_SECONDS = 60,
};

static const char type_json[] = "application/json; charset=UTF-8";
static const char type_html[] = "text/html; charset=UTF-8";
static const char type_text[] = "text/plain; charset=UTF-8";

typedef struct answer {
    int status;
    const char *status_text;
    const char *type;
    const void *body;
    size_t length;
    bool head_only; /* the length of the whole header */
    bool close;     /* after it */
    const char *headers;
} answer;

/* Not 0: the connection cannot go on. */
static int send_answer(inspector_connection *connection, const answer *answer) {
    int result = -1;
    inspector_text text = {0};
    char room[LWS_PRE] = {0};
    inspector_text_add(&text, room, sizeof(room));
    /* The names have their usual case, though it should not matter: chrome://inspect looks for
     * "Content-Length:". The last two headers keep pages of other sites from embedding an
     * answer. */
    inspector_text_print(&text,
                         "HTTP/1.1 %d %s\r\n"
                         "Content-Type: %s\r\n"
                         "Content-Length: %zu\r\n"
                         "Cache-Control: no-cache\r\n"
                         "X-Content-Type-Options: nosniff\r\n"
                         "X-Frame-Options: DENY\r\n"
                         "Cross-Origin-Resource-Policy: same-origin\r\n"
                         "%s%s\r\n",
                         answer->status, answer->status_text, answer->type, answer->length,
                         answer->headers ? answer->headers : "",
                         answer->close ? "Connection: close\r\n" : "");
    if (!answer->head_only) inspector_text_add(&text, answer->body, answer->length);
    if (text.failed) goto out;
    /* libwebsockets keeps what the socket does not take now, and sends it later. */
    int length = (int)(text.length - LWS_PRE);
    lws_set_timeout(connection->wsi, PENDING_TIMEOUT_HTTP_CONTENT, ANSWER_SECONDS);
    if (lws_write(connection->wsi, (unsigned char *)text.data + LWS_PRE, (size_t)length,
                  LWS_WRITE_HTTP) < length)
        goto out;
    result = 0;

out:
    inspector_text_free(&text);
    return result;
}

/* Answers with a sentence, and closes the connection. */
static int refuse(inspector_connection *connection, int status, const char *status_text,
                  const char *headers, const char *why) {
    answer answer = {
        .status = status,
        .status_text = status_text,
        .type = type_text,
        .body = why,
        .length = strlen(why),
        .close = true,
        .headers = headers,
    };
    send_answer(connection, &answer);
    return -1;
}

/* Copies a header, and tells whether the request has it. A header that is too long becomes
 * empty. */
static bool get_header(struct lws *wsi, enum lws_token_indexes token, char *value, size_t size) {
    value[0] = '\0';
    if (lws_hdr_total_length(wsi, token) <= 0) return false;
    if (lws_hdr_copy(wsi, value, (int)size, token) < 0) value[0] = '\0';
    return true;
}

/* Whether the request carries the endpoint's access token, if there is one. */
static bool has_token(const inspector_connection *connection) {
    char value[INSPECTOR_TOKEN_SIZE + sizeof("access_token=")];
    const char *wanted = inspector_endpoint_token(connection->endpoint);
    if (!wanted) return true;
    const char *given =
        lws_get_urlarg_by_name(connection->wsi, "access_token=", value, (int)sizeof(value));
    return given && inspector_token_equal(wanted, given);
}

/* A name that anyone may own is only admitted with an access token: its owner cannot know that. */
static bool admits_host(const inspector_connection *connection, const char *host) {
    return inspector_admits_host(host) ||
           (inspector_endpoint_token(connection->endpoint) && inspector_admits_name(host));
}

/* Refuses a client that may be a web page, or that does not know the access token. On true
 * `authority` is the address that the client used. */
static bool admit(inspector_connection *connection, char authority[INSPECTOR_AUTHORITY_SIZE]) {
    char origin[256];
    struct lws *wsi = connection->wsi;
    if (get_header(wsi, WSI_TOKEN_ORIGIN, origin, sizeof(origin)) &&
        !inspector_admits_origin(origin)) {
        refuse(connection, 403, "Forbidden", NULL, "Web pages are not admitted.\n");
        return false;
    }
    if (!has_token(connection)) {
        refuse(connection, 401, "Unauthorized", NULL,
               "The query parameter access_token is missing or wrong.\n");
        return false;
    }
    if (get_header(wsi, WSI_TOKEN_HOST, authority, INSPECTOR_AUTHORITY_SIZE)) {
        if (!admits_host(connection, authority)) {
            refuse(connection, 403, "Forbidden", NULL,
                   "Connect by an IP address or localhost: other names are not admitted.\n");
            return false;
        }
    } else {
        /* Every browser sends it. */
        const inspector_entry *first =
            TAILQ_FIRST(inspector_endpoint_entries(connection->endpoint));
        inspector_authority(first->info->host, first->info->port, authority);
    }
    return true;
}

static bool is_path(const char *path, const char *what) {
    size_t length = strlen(what);
    /* Some clients add a slash. */
    return strncmp(path, what, length) == 0 &&
           strcmp(path + length + (path[length] == '/'), "") == 0;
}

/* Answers a request. Not 0: close the connection. */
static int serve(inspector_connection *connection) {
    char authority[INSPECTOR_AUTHORITY_SIZE], *path;
    int length;
    if (!admit(connection, authority)) return -1;
    int method = lws_http_get_uri_and_method(connection->wsi, &path, &length);
    if (method != LWSHUMETH_GET && method != LWSHUMETH_HEAD)
        return refuse(connection, 405, "Method Not Allowed", "Allow: GET, HEAD\r\n",
                      "GET and HEAD only.\n");

    int result = -1;
    inspector_text text = {0};
    answer answer = {.status = 200,
                     .status_text = "OK",
                     .type = type_json,
                     .head_only = method == LWSHUMETH_HEAD};
    if (is_path(path, "/json") || is_path(path, "/json/list")) {
        inspector_json_list(&text, connection->endpoint, authority);
    } else if (is_path(path, "/json/version")) {
        inspector_json_version(&text, connection->endpoint, authority);
    } else if (is_path(path, "/json/protocol")) {
        answer.body = jsrun_protocol_json;
        answer.length = jsrun_protocol_json_size;
    } else if (strcmp(path, "/") == 0) {
        inspector_page(&text, connection->endpoint, authority);
        answer.type = type_html;
    } else {
        answer.status = 404;
        answer.status_text = "Not Found";
        answer.type = type_text;
        inspector_text_print(&text, "There is nothing here.\n");
    }
    if (text.failed) goto out;
    if (text.data) {
        answer.body = text.data;
        answer.length = text.length;
    }
    result = send_answer(connection, &answer);

out:
    inspector_text_free(&text);
    return result;
}

int inspector_http_request(inspector_connection *connection) {
    if (!connection->endpoint || serve(connection)) return -1;
    return lws_http_transaction_completed(connection->wsi) ? -1 : 0;
}

/* The target that a WebSocket's path names, or NULL: it may name the root. */
static inspector_entry *find_target(inspector_connection *connection, const char *path,
                                    bool *root) {
    static const char folder[] = "/ws/";
    if (strncmp(path, folder, sizeof(folder) - 1) == 0)
        path += sizeof(folder) - 1;
    else if (path[0] == '/')
        path++;
    *root = strcmp(path, inspector_endpoint_root_id(connection->endpoint)) == 0;
    return inspector_endpoint_find(connection->endpoint, path);
}

/* Checks a WebSocket handshake and finds its target. Not 0: it has been refused. */
static int upgrade(inspector_connection *connection) {
    char value[INSPECTOR_AUTHORITY_SIZE], *path;
    int length;
    struct lws *wsi = connection->wsi;

    if (!admit(connection, value)) return -1;
    if (lws_http_get_uri_and_method(wsi, &path, &length) != LWSHUMETH_GET)
        return refuse(connection, 405, "Method Not Allowed", "Allow: GET\r\n", "GET only.\n");
    inspector_entry *entry = find_target(connection, path, &connection->wants_root);
    if (!entry && !connection->wants_root)
        return refuse(connection, 404, "Not Found", NULL, "There is no such target.\n");
    /* libwebsockets would refuse these by closing the connection, without an answer. */
    if (!get_header(wsi, WSI_TOKEN_VERSION, value, sizeof(value)) || strcmp(value, "13") != 0)
        return refuse(connection, 426, "Upgrade Required", "Sec-WebSocket-Version: 13\r\n",
                      "Version 13 of the WebSocket protocol is spoken here.\n");
    if (!get_header(wsi, WSI_TOKEN_KEY, value, sizeof(value)) || strlen(value) != 24)
        return refuse(connection, 400, "Bad Request", NULL, "Sec-WebSocket-Key is wrong.\n");
    if (!get_header(wsi, WSI_TOKEN_HOST, value, sizeof(value)))
        return refuse(connection, 400, "Bad Request", NULL, "Host is missing.\n");
    if (get_header(wsi, WSI_TOKEN_PROTOCOL, value, sizeof(value)))
        return refuse(connection, 400, "Bad Request", NULL, "No subprotocol is spoken here.\n");
    if (inspector_connections_count(connection->service, connection->endpoint, true) >=
        WEBSOCKETS_MAX)
        return refuse(connection, 503, "Service Unavailable", NULL, "Too many clients.\n");
    connection->entry = entry;
    return 0;
}

int inspector_http_upgrade(inspector_connection *connection, const char *protocol) {
    if (!connection->endpoint) return -1;
    if (strcasecmp(protocol, "websocket") == 0) {
        if (!upgrade(connection)) return 0;
    } else if (strcasecmp(protocol, "h2c") == 0) {
        /* HTTP/2. A server may ignore the wish for an upgrade; with libwebsockets this is the only
         * way. */
        serve(connection);
    } else {
        return -1; /* libwebsockets has answered */
    }
    /* Answered. libwebsockets sends the rest of the answer and closes. After -1 it would not send
     * the rest. */
    return 1;
}
