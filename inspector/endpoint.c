#include "endpoint.h"

#include <string.h>

#include "endpoint_state.h"
#include "jsrun/inspector.h"

const char *inspector_endpoint_token(const inspector_endpoint *endpoint) {
    return endpoint->token[0] ? endpoint->token : NULL;
}

const char *inspector_endpoint_root_id(const inspector_endpoint *endpoint) {
    return endpoint->root_id;
}

uint16_t inspector_endpoint_port(const inspector_endpoint *endpoint) {
    return inspector_address_port(&endpoint->address);
}

const struct inspector_entries *inspector_endpoint_entries(const inspector_endpoint *endpoint) {
    return &endpoint->entries;
}

inspector_entry *inspector_endpoint_find(const inspector_endpoint *endpoint, const char *id) {
    inspector_entry *entry;
    TAILQ_FOREACH(entry, &endpoint->entries, link) {
        if (strcmp(entry->info->id, id) == 0) return entry;
    }
    return NULL;
}
