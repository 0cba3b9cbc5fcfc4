#include "connections.h"

#include <stdlib.h>
#include <unistd.h>

#include "connection.h"
#include "endpoint.h"
#include "http.h"
#include "websocket.h"

void inspector_connection_accept(inspector_service *service, struct inspector_endpoint *endpoint,
                                 int fd) {
    inspector_connection *connection = calloc(1, sizeof(*connection));
    if (!connection) {
        close(fd);
        return;
    }
    connection->service = service;
    connection->endpoint = endpoint;
    LIST_INSERT_HEAD(&service->connections, connection, link);
    lws_adopt_desc_t adopt = {
        .vh = service->vhost,
        .type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP,
        .fd.sockfd = fd,
        .opaque = connection,
    };
    /* On failure libwebsockets closes the socket. It may have ended the connection like any other,
     * or may never have started it. */
    if (!lws_adopt_descriptor_vhost_via_info(&adopt)) {
        inspector_connection *listed;
        LIST_FOREACH(listed, &service->connections, link) {
            if (listed == connection) break;
        }
        if (listed) {
            LIST_REMOVE(connection, link);
            free(connection);
        }
    }
}

void inspector_connections_look(inspector_service *service) {
    inspector_connection *connection;
    LIST_FOREACH(connection, &service->connections, link) {
        if (atomic_exchange(&connection->woken, false) && connection->websocket)
            inspector_websocket_look(connection->websocket);
    }
}

void inspector_connections_detach(inspector_service *service, const struct inspector_entry *entry) {
    inspector_connection *connection;
    LIST_FOREACH(connection, &service->connections, link) {
        if (connection->websocket) inspector_websocket_lose(connection->websocket, entry);
        if (connection->entry == entry) connection->entry = NULL;
    }
}

void inspector_connections_appeared(inspector_service *service, struct inspector_entry *entry) {
    inspector_connection *connection;
    LIST_FOREACH(connection, &service->connections, link) {
        if (connection->endpoint == entry->endpoint && connection->websocket)
            inspector_websocket_find(connection->websocket, entry);
    }
}

bool inspector_connections_have_to_send(const inspector_service *service) {
    const inspector_connection *connection;
    LIST_FOREACH(connection, &service->connections, link) {
        if (connection->websocket && inspector_websocket_has_to_send(connection->websocket))
            return true;
    }
    return false;
}

void inspector_connections_orphan(inspector_service *service,
                                  const struct inspector_endpoint *endpoint) {
    inspector_connection *connection;
    LIST_FOREACH(connection, &service->connections, link) {
        if (connection->endpoint != endpoint) continue;
        connection->endpoint = NULL;
        if (connection->websocket)
            inspector_websocket_orphan(connection->websocket);
        else
            inspector_connection_kill(connection);
    }
}

static void destroy(inspector_connection *connection) {
    inspector_websocket_free(connection->websocket);
    LIST_REMOVE(connection, link);
    free(connection);
}

int inspector_connection_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
                                  void *in, size_t length) {
    (void)user;
    inspector_connection *connection = lws_get_opaque_user_data(wsi);
    if (!connection)
        return 0; /* the callback is about libwebsockets itself, or about a listening socket */
    inspector_websocket *websocket = connection->websocket;

    switch (reason) {
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
        connection->wsi = wsi;
        return 0;
    case LWS_CALLBACK_HTTP:
        return inspector_http_request(connection);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return inspector_http_upgrade(connection, in);
    case LWS_CALLBACK_ESTABLISHED:
        connection->websocket = inspector_websocket_new(connection);
        return connection->websocket ? 0 : -1;
    case LWS_CALLBACK_RECEIVE:
        return websocket ? inspector_websocket_receive(websocket, in, length) : -1;
    case LWS_CALLBACK_RECEIVE_PONG:
        if (websocket) inspector_websocket_heard(websocket);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return websocket ? inspector_websocket_write(websocket) : 0;
    case LWS_CALLBACK_TIMER:
        if (websocket) inspector_websocket_tick(websocket);
        return 0;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    case LWS_CALLBACK_CLOSED:
        if (websocket) inspector_websocket_detach(websocket);
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        lws_set_opaque_user_data(wsi, NULL);
        destroy(connection);
        return 0;
    case LWS_CALLBACK_RAW_ADOPT:
    case LWS_CALLBACK_RAW_RX:
    case LWS_CALLBACK_RAW_WRITEABLE:
    case LWS_CALLBACK_HTTP_BODY:
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        /* A tunnel (CONNECT), or a body, which no request here has. */
        return -1;
    default:
        return 0;
    }
}
