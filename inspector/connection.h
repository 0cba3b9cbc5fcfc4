/* An accepted connection: HTTP at first, perhaps a WebSocket later. Everything here runs on the
 * service thread, except inspector_connection_wake(). */
#ifndef INSPECTOR_CONNECTION_H
#define INSPECTOR_CONNECTION_H

#include <libwebsockets.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "service.h"

struct inspector_endpoint;
struct inspector_entry;
struct inspector_websocket;

typedef struct inspector_connection {
    LIST_ENTRY(inspector_connection) link; /* in the service's list */
    inspector_service *service;
    struct lws *wsi;
    struct inspector_endpoint *endpoint; /* NULL once it has ended */
    /* The target that the handshake asked for. NULL before that, and once the target has gone. */
    struct inspector_entry *entry;
    bool wants_root;                       /* the handshake asked for the endpoint's root */
    struct inspector_websocket *websocket; /* NULL: it speaks HTTP */
    /* inspector_connection_wake() was called. Any thread. */
    atomic_bool woken;
} inspector_connection;

/* Makes the service thread look at a connection. Any thread, while the connection's session
 * exists. */
void inspector_connection_wake(inspector_connection *connection);

/* Closes a connection soon, without a close frame. */
void inspector_connection_kill(inspector_connection *connection);

/* The number of connections of an endpoint, or only of its WebSockets. */
size_t inspector_connections_count(const inspector_service *service,
                                   const struct inspector_endpoint *endpoint, bool websockets_only);

#endif
