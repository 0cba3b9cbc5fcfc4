/* Requests and their answers. Everything here runs on the service thread. */
#ifndef INSPECTOR_HTTP_H
#define INSPECTOR_HTTP_H

#include "connection.h"

/* Answers a request. Not 0: close the connection once the answer is sent. */
int inspector_http_request(inspector_connection *connection);

/* Decides on a request for another protocol. 0: go on with the WebSocket handshake; the connection
 * has its target. Otherwise the request was answered, and the result is what libwebsockets'
 * CONFIRM_UPGRADE expects. */
int inspector_http_upgrade(inspector_connection *connection, const char *protocol);

#endif
