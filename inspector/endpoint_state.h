/* What an endpoint consists of: for endpoint.c and listen.c. */
#ifndef INSPECTOR_ENDPOINT_STATE_H
#define INSPECTOR_ENDPOINT_STATE_H

#include "address.h"
#include "endpoint.h"
#include "token.h"
#include "uuid.h"

struct inspector_endpoint {
    LIST_ENTRY(inspector_endpoint) link;
    inspector_service *service;
    inspector_address address;
    struct inspector_entries entries;
    struct lws *listeners[INSPECTOR_ADDRESSES_MAX];
    char root_id[INSPECTOR_UUID_SIZE];
    char token[INSPECTOR_TOKEN_SIZE]; /* "": none */
};

#endif
