/* A WebSocket client, attached to a runtime or to the root. Everything here runs on the service
 * thread. */
#ifndef INSPECTOR_WEBSOCKET_H
#define INSPECTOR_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>

#include "connection.h"

typedef struct inspector_websocket inspector_websocket;

/* Attaches a client whose handshake is done to its connection's target, or to the root. A client
 * that cannot be attached is told so by a close frame. NULL: no memory. */
inspector_websocket *inspector_websocket_new(inspector_connection *connection);

/* Detaches first. NULL is allowed. */
void inspector_websocket_free(inspector_websocket *websocket);

/* Ends the session, if there still is one; the runtime calls no more when this returns. */
void inspector_websocket_detach(inspector_websocket *websocket);

/* A target has gone, or has come, or the endpoint has gone. A client that has nothing left is told
 * so by a close frame, after what is left to be sent to it, in the background. */
void inspector_websocket_lose(inspector_websocket *websocket, const struct inspector_entry *entry);
void inspector_websocket_find(inspector_websocket *websocket, struct inspector_entry *entry);
void inspector_websocket_orphan(inspector_websocket *websocket);

/* Whether it was detached and has not come to its close frame yet. */
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
