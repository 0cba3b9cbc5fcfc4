/* All connections of the service: what happens to one, and what happens to a target or an endpoint
 * that they are connected to. Everything here runs on the service thread. */
#ifndef INSPECTOR_CONNECTIONS_H
#define INSPECTOR_CONNECTIONS_H

#include <libwebsockets.h>
#include <stdbool.h>
#include <stddef.h>

#include "service.h"

struct inspector_endpoint;
struct inspector_entry;

/* Takes over an accepted socket. */
void inspector_connection_accept(inspector_service *service, struct inspector_endpoint *endpoint,
                                 int fd);

/* Looks at the connections that were woken. */
void inspector_connections_look(inspector_service *service);

/* Tells the clients of the root that its endpoint has a new target. */
void inspector_connections_appeared(inspector_service *service, struct inspector_entry *entry);

/* Detaches the clients of a target, and tells them why. */
void inspector_connections_detach(inspector_service *service, const struct inspector_entry *entry);

/* Whether a WebSocket's close frame is still to be sent. */
bool inspector_connections_have_to_send(const inspector_service *service);

/* Ends the HTTP connections of an endpoint that ends. WebSockets go on without it. */
void inspector_connections_orphan(inspector_service *service,
                                  const struct inspector_endpoint *endpoint);

/* libwebsockets' callback for connections. */
int inspector_connection_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
                                  void *in, size_t length);

#endif
