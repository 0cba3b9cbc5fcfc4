/* Requests and their answers. Everything here runs on the service thread. */
#ifndef INSPECTOR_HTTP_H
#define INSPECTOR_HTTP_H

#include "connection.h"

/* Answers a request. Not 0: close the connection, when the answer is out. */
int inspector_http_request(inspector_connection *connection);

/* Decides about a request to speak another protocol. 0: go on with the WebSocket handshake; the
 * connection has its target. Otherwise it has been answered as libwebsockets' CONFIRM_UPGRADE wants
 * it. */
int inspector_http_upgrade(inspector_connection *connection, const char *protocol);

#endif
