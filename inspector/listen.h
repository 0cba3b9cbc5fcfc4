/* Endpoints that listen: they open with their first target, accept connections, and end with their
 * last target. Everything here runs on the service thread. */
#ifndef INSPECTOR_LISTEN_H
#define INSPECTOR_LISTEN_H

#include <libwebsockets.h>
#include <stddef.h>

#include "address.h"
#include "endpoint.h"
#include "service.h"

/* The endpoint of `addresses`: the existing one, or a new one. Port 0 always makes a new one. A new
 * one has to get an entry or be closed with inspector_endpoint_leave(). `token`: the access token
 * that it must have; NULL: any or none. Returns NULL if it fails; `error` says why. */
inspector_endpoint *inspector_endpoint_get(inspector_service *service, const char *host,
                                           const inspector_addresses *addresses, const char *token,
                                           char *error, size_t error_size);

/* Adds `entry` to the list, and tells the clients of the root. */
void inspector_endpoint_join(inspector_endpoint *endpoint, inspector_entry *entry);

/* Takes `entry` off the list; NULL takes none. An endpoint without entries stops listening and
 * ends. Its connections go on. */
void inspector_endpoint_leave(inspector_endpoint *endpoint, inspector_entry *entry);

/* libwebsockets' callback for listening sockets. */
int inspector_endpoint_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
                                void *in, size_t length);

#endif
