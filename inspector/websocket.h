/* A WebSocket client, attached to a runtime or to the root. Everything here runs on the service
 * thread. */
#ifndef INSPECTOR_WEBSOCKET_H
#define INSPECTOR_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>

#include "connection.h"

typedef struct inspector_websocket inspector_websocket;

/* Attaches a client whose handshake is done to its connection's target, or to the root. If it
 * cannot be attached, a close frame tells it so. NULL: no memory. */
inspector_websocket *inspector_websocket_new(inspector_connection *connection);

/* Frees it, after detaching. NULL is allowed. */
void inspector_websocket_free(inspector_websocket *websocket);

/* Ends the session, if there is one. The runtime makes no calls after this returns. */
void inspector_websocket_detach(inspector_websocket *websocket);

/* A target has gone, or has come, or the endpoint has gone. If that leaves the client without any,
 * a close frame tells it so, in the background, after the messages that are still queued. */
void inspector_websocket_lose(inspector_websocket *websocket, const struct inspector_entry *entry);
void inspector_websocket_find(inspector_websocket *websocket, struct inspector_entry *entry);
void inspector_websocket_orphan(inspector_websocket *websocket);

/* Whether it was detached and its close frame is still to be sent. */
bool inspector_websocket_has_to_send(const inspector_websocket *websocket);

/* Part of a message has come in. Not 0: close the connection. */
int inspector_websocket_receive(inspector_websocket *websocket, const void *data, size_t length);

/* The client is alive. */
void inspector_websocket_heard(inspector_websocket *websocket);

/* There is room to send. Not 0: close the connection. */
int inspector_websocket_write(inspector_websocket *websocket);

/* The connection was woken by the session. */
void inspector_websocket_look(inspector_websocket *websocket);

/* The connection's timer. */
void inspector_websocket_tick(inspector_websocket *websocket);

#endif
