/* A listening host and port, and its targets. Everything here runs on the service thread. */
#ifndef INSPECTOR_ENDPOINT_H
#define INSPECTOR_ENDPOINT_H

#include <libwebsockets.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* The access token that every request has to carry, or NULL. */
const char *inspector_endpoint_token(const inspector_endpoint *endpoint);

/* The id of the root (root.h), which a client connects to for all targets. A random UUID. */
const char *inspector_endpoint_root_id(const inspector_endpoint *endpoint);

uint16_t inspector_endpoint_port(const inspector_endpoint *endpoint);

const struct inspector_entries *inspector_endpoint_entries(const inspector_endpoint *endpoint);

/* The entry that has this id, or NULL. */
inspector_entry *inspector_endpoint_find(const inspector_endpoint *endpoint, const char *id);

#endif
