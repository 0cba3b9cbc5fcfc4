/* Listening sockets and the targets behind them. Everything here runs on the service thread. */
#ifndef INSPECTOR_ENDPOINT_H
#define INSPECTOR_ENDPOINT_H

#include <libwebsockets.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"
#include "service.h"

typedef struct inspector_endpoint inspector_endpoint;
typedef struct inspector_entry inspector_entry;
struct jsrun_runtime;

/* One target in an endpoint's list. Owned by the target. */
struct inspector_entry {
    TAILQ_ENTRY(inspector_entry) link;
    inspector_endpoint *endpoint;
    struct jsrun_runtime *runtime;
    const struct jsrun_target_info *info;
    const struct jsrun_target_limits *limits; /* with the defaults filled in */
    size_t clients;                           /* how many are attached */
    /* Why the runtime waits for a debugger: for how many clients, and whether for its host. */
    size_t holders;
    bool waits;
};

TAILQ_HEAD(inspector_entries, inspector_entry);

/* The endpoint of `addresses`: the existing one, or a new one. Port 0 always makes a new one. A new
 * one has to get an entry or be closed with inspector_endpoint_leave(). `token`: the access token
 * that it must have; NULL: any or none. Returns NULL if it fails; `error` says why. */
inspector_endpoint *inspector_endpoint_get(inspector_service *service, const char *host,
                                           const inspector_addresses *addresses, const char *token,
                                           char *error, size_t error_size);

/* The access token that every request has to carry, or NULL. */
const char *inspector_endpoint_token(const inspector_endpoint *endpoint);

/* The id of the root (root.h), which a client connects to for all targets. A random UUID. */
const char *inspector_endpoint_root_id(const inspector_endpoint *endpoint);

uint16_t inspector_endpoint_port(const inspector_endpoint *endpoint);

/* Adds `entry` to the list, and tells the clients of the root. */
void inspector_endpoint_join(inspector_endpoint *endpoint, inspector_entry *entry);

/* Takes `entry` off the list; NULL takes none. An endpoint without entries stops listening and
 * ends. Its connections go on. */
void inspector_endpoint_leave(inspector_endpoint *endpoint, inspector_entry *entry);

const struct inspector_entries *inspector_endpoint_entries(const inspector_endpoint *endpoint);

/* The entry that has this id, or NULL. */
inspector_entry *inspector_endpoint_find(const inspector_endpoint *endpoint, const char *id);

/* libwebsockets' callback for listening sockets. */
int inspector_endpoint_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
                                void *in, size_t length);

#endif
