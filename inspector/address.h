/* Addresses to listen on. */
#ifndef INSPECTOR_ADDRESS_H
#define INSPECTOR_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    INSPECTOR_ADDRESSES_MAX = 2,
    /* Enough for "[", the longest host name, "]", ":65535" and a NUL. */
    INSPECTOR_AUTHORITY_SIZE = 264,
};

typedef struct inspector_address {
    struct sockaddr_storage storage;
    socklen_t length;
} inspector_address;

typedef struct inspector_addresses {
    /* The first one is required: it names the endpoint. The others are added where possible. */
    inspector_address list[INSPECTOR_ADDRESSES_MAX];
    size_t count;
} inspector_addresses;

/* Resolves `host` and `port`. May ask the name server. On false `error` says why. */
bool inspector_addresses_resolve(const char *host, uint16_t port, inspector_addresses *addresses,
                                 char *error, size_t error_size);

bool inspector_address_is_loopback(const inspector_address *address);
bool inspector_address_equal(const inspector_address *a, const inspector_address *b);
uint16_t inspector_address_port(const inspector_address *address);
void inspector_address_set_port(inspector_address *address, uint16_t port);

/* `host`, or, if it stands for all addresses of the machine, one of them: Chrome does not connect
 * to 0.0.0.0. */
const char *inspector_reachable(const char *host);

/* "127.0.0.1:9229", "[::1]:9229". A `host` that is longer than a host name may be is cut. */
void inspector_authority(const char *host, uint16_t port, char authority[INSPECTOR_AUTHORITY_SIZE]);

#endif
