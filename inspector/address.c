#include "address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static void add_ipv4(inspector_addresses *addresses, in_addr_t ip, uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = ip;
    inspector_address *to = &addresses->list[addresses->count++];
    memcpy(&to->storage, &address, sizeof(address));
    to->length = sizeof(address);
}

static void add_ipv6(inspector_addresses *addresses, const struct in6_addr *ip, uint16_t port) {
    struct sockaddr_in6 address = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = *ip};
    inspector_address *to = &addresses->list[addresses->count++];
    memcpy(&to->storage, &address, sizeof(address));
    to->length = sizeof(address);
}

bool inspector_addresses_resolve(const char *host, uint16_t port, inspector_addresses *addresses,
                                 char *error, size_t error_size) {
    memset(addresses, 0, sizeof(*addresses));

    /* The resolver is not asked: browsers, too, take localhost for both loopback addresses, and
     * this makes "localhost" and "127.0.0.1" one endpoint. */
    if (strcasecmp(host, "localhost") == 0) {
        add_ipv4(addresses, htonl(INADDR_LOOPBACK), port);
        add_ipv6(addresses, &in6addr_loopback, port);
        return true;
    }

    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int failure = getaddrinfo(host, NULL, &hints, &found);
    if (failure != 0) {
        snprintf(error, error_size, "cannot listen on %s: %s", host, gai_strerror(failure));
        return false;
    }
    for (const struct addrinfo *info = found; info && addresses->count == 0; info = info->ai_next) {
        if (info->ai_addrlen > sizeof(addresses->list[0].storage) ||
            (info->ai_family != AF_INET && info->ai_family != AF_INET6))
            continue;
        memcpy(&addresses->list[0].storage, info->ai_addr, info->ai_addrlen);
        addresses->list[0].length = info->ai_addrlen;
        inspector_address_set_port(&addresses->list[0], port);
        addresses->count = 1;
    }
    freeaddrinfo(found);
    if (addresses->count == 0)
        snprintf(error, error_size, "cannot listen on %s: it has no internet address", host);
    return addresses->count > 0;
}

static struct sockaddr_in ipv4_of(const inspector_address *address) {
    struct sockaddr_in ipv4;
    memcpy(&ipv4, &address->storage, sizeof(ipv4));
    return ipv4;
}

static struct sockaddr_in6 ipv6_of(const inspector_address *address) {
    struct sockaddr_in6 ipv6;
    memcpy(&ipv6, &address->storage, sizeof(ipv6));
    return ipv6;
}

bool inspector_address_is_loopback(const inspector_address *address) {
    if (address->storage.ss_family == AF_INET)
        return ntohl(ipv4_of(address).sin_addr.s_addr) >> 24 == 127;
    struct sockaddr_in6 ipv6 = ipv6_of(address);
    return IN6_IS_ADDR_LOOPBACK(&ipv6.sin6_addr) ||
           (IN6_IS_ADDR_V4MAPPED(&ipv6.sin6_addr) && ipv6.sin6_addr.s6_addr[12] == 127);
}

bool inspector_address_equal(const inspector_address *a, const inspector_address *b) {
    if (a->storage.ss_family != b->storage.ss_family ||
        inspector_address_port(a) != inspector_address_port(b))
        return false;
    if (a->storage.ss_family == AF_INET)
        return ipv4_of(a).sin_addr.s_addr == ipv4_of(b).sin_addr.s_addr;
    struct sockaddr_in6 left = ipv6_of(a), right = ipv6_of(b);
    return IN6_ARE_ADDR_EQUAL(&left.sin6_addr, &right.sin6_addr) &&
           left.sin6_scope_id == right.sin6_scope_id;
}

uint16_t inspector_address_port(const inspector_address *address) {
    return ntohs(address->storage.ss_family == AF_INET ? ipv4_of(address).sin_port
                                                       : ipv6_of(address).sin6_port);
}

void inspector_address_set_port(inspector_address *address, uint16_t port) {
    if (address->storage.ss_family == AF_INET) {
        struct sockaddr_in ipv4 = ipv4_of(address);
        ipv4.sin_port = htons(port);
        memcpy(&address->storage, &ipv4, sizeof(ipv4));
    } else {
        struct sockaddr_in6 ipv6 = ipv6_of(address);
        ipv6.sin6_port = htons(port);
        memcpy(&address->storage, &ipv6, sizeof(ipv6));
    }
}

const char *inspector_reachable(const char *host) {
    if (strcmp(host, "0.0.0.0") == 0) return "127.0.0.1";
    return strcmp(host, "::") == 0 ? "::1" : host;
}

void inspector_authority(const char *host, uint16_t port,
                         char authority[INSPECTOR_AUTHORITY_SIZE]) {
    bool brackets = strchr(host, ':') != NULL;
    snprintf(authority, INSPECTOR_AUTHORITY_SIZE, "%s%.255s%s:%u", brackets ? "[" : "", host,
             brackets ? "]" : "", (unsigned)port);
}
