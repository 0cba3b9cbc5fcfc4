/* accept4() and SOCK_CLOEXEC */
#define _GNU_SOURCE
#include "listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "connection.h"
#include "connections.h"
#include "endpoint_state.h"
#include "token.h"
#include "uuid.h"

enum {
    CONNECTIONS_MAX = 384,
    BACKLOG = 128,
    /* How many connections are accepted before other sockets get their turn. */
    ACCEPTED_AT_ONCE = 16,
    /* How long the queue is left alone when descriptors or memory have run out. */
    ACCEPT_RETRY_MICROSECONDS = 100 * 1000,
    /* With port 0 on two addresses: how often a port may be free on only one of them. */
    PORT_ATTEMPTS = 16,
};

/* -1: errno tells why. */
static int listen_at(const inspector_address *address) {
    int one = 1, why;
    const struct sockaddr *name = (const struct sockaddr *)&address->storage;
    int fd = socket(name->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    /* Makes a port usable whose old connections are in TIME_WAIT. (On Linux it does not admit a
     * second listener.) */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0) goto fail;
    if (name->sa_family == AF_INET6) {
        struct sockaddr_in6 ipv6;
        memcpy(&ipv6, &address->storage, sizeof(ipv6));
        /* "::" means every address, including IPv4's, whatever the system's default is. */
        int only = !IN6_IS_ADDR_UNSPECIFIED(&ipv6.sin6_addr);
        if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only)) < 0) goto fail;
    }
    if (bind(fd, name, address->length) < 0 || listen(fd, BACKLOG) < 0) goto fail;
    return fd;

fail:
    why = errno;
    close(fd);
    errno = why;
    return -1;
}

/* Opens all of `addresses`, with the first one's port if they leave it open. An address that the
 * machine does not have (IPv6, for one) is an error only for the first. False: errno tells why, and
 * nothing is open. */
static bool listen_once(inspector_addresses *addresses, int fds[INSPECTOR_ADDRESSES_MAX]) {
    int why;
    for (size_t i = 0; i < INSPECTOR_ADDRESSES_MAX; i++) fds[i] = -1;
    fds[0] = listen_at(&addresses->list[0]);
    if (fds[0] < 0) return false;

    inspector_address *first = &addresses->list[0];
    socklen_t length = sizeof(first->storage);
    if (getsockname(fds[0], (struct sockaddr *)&first->storage, &length) < 0) goto fail;
    for (size_t i = 1; i < addresses->count; i++) {
        inspector_address_set_port(&addresses->list[i], inspector_address_port(first));
        fds[i] = listen_at(&addresses->list[i]);
        if (fds[i] < 0 && errno == EADDRINUSE) goto fail;
    }
    return true;

fail:
    why = errno;
    for (size_t i = 0; i < INSPECTOR_ADDRESSES_MAX; i++)
        if (fds[i] >= 0) close(fds[i]);
    errno = why;
    return false;
}

static bool listen_everywhere(inspector_addresses *addresses, int fds[INSPECTOR_ADDRESSES_MAX]) {
    bool any_port = inspector_address_port(&addresses->list[0]) == 0;
    for (int attempt = 1;; attempt++) {
        if (listen_once(addresses, fds)) return true;
        if (!any_port || errno != EADDRINUSE || attempt == PORT_ATTEMPTS) return false;
        inspector_address_set_port(&addresses->list[0], 0);
    }
}

static void close_listener(struct lws *wsi) {
    /* A forked process may hold the socket, too. It must not keep the port busy. */
    shutdown(lws_get_socket_fd(wsi), SHUT_RDWR);
    lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
}

static void end(inspector_endpoint *endpoint) {
    for (size_t i = 0; i < INSPECTOR_ADDRESSES_MAX; i++)
        if (endpoint->listeners[i]) close_listener(endpoint->listeners[i]);
    inspector_connections_orphan(endpoint->service, endpoint);
    LIST_REMOVE(endpoint, link);
    free(endpoint);
}

/* A client of another machine has to prove that it is admitted. */
static bool set_token(inspector_endpoint *endpoint, const inspector_addresses *addresses,
                      const char *token) {
    if (token) {
        snprintf(endpoint->token, sizeof(endpoint->token), "%s", token);
        return true;
    }
    for (size_t i = 0; i < addresses->count; i++) {
        if (!inspector_address_is_loopback(&addresses->list[i]))
            return inspector_token_new(endpoint->token);
    }
    return true;
}

static inspector_endpoint *open_endpoint(inspector_service *service, inspector_addresses *addresses,
                                         const char *token) {
    int fds[INSPECTOR_ADDRESSES_MAX];
    inspector_endpoint *endpoint = calloc(1, sizeof(*endpoint));
    if (!endpoint) return NULL;
    if (!inspector_uuid(endpoint->root_id) || !set_token(endpoint, addresses, token)) {
        free(endpoint);
        return NULL;
    }
    if (!listen_everywhere(addresses, fds)) {
        free(endpoint);
        return NULL;
    }
    endpoint->service = service;
    endpoint->address = addresses->list[0];
    TAILQ_INIT(&endpoint->entries);
    LIST_INSERT_HEAD(&service->endpoints, endpoint, link);

    bool complete = true;
    for (size_t i = 0; i < addresses->count; i++) {
        if (fds[i] < 0) continue;
        lws_adopt_desc_t adopt = {
            .vh = service->vhost,
            .type = LWS_ADOPT_RAW_FILE_DESC,
            .fd.filefd = fds[i],
            .vh_prot_name = "listener",
        };
        struct lws *wsi = complete ? lws_adopt_descriptor_vhost_via_info(&adopt) : NULL;
        if (wsi) {
            lws_set_opaque_user_data(wsi, endpoint);
            endpoint->listeners[i] = wsi;
        } else {
            close(fds[i]);
            complete = false;
        }
    }
    if (!complete) {
        end(endpoint);
        errno = ENOMEM;
        return NULL;
    }
    return endpoint;
}

static inspector_endpoint *find(const inspector_service *service,
                                const inspector_addresses *addresses) {
    inspector_endpoint *endpoint;
    if (inspector_address_port(&addresses->list[0]) == 0) return NULL;
    LIST_FOREACH(endpoint, &service->endpoints, link) {
        if (inspector_address_equal(&endpoint->address, &addresses->list[0])) return endpoint;
    }
    return NULL;
}

inspector_endpoint *inspector_endpoint_get(inspector_service *service, const char *host,
                                           const inspector_addresses *addresses, const char *token,
                                           char *error, size_t error_size) {
    char authority[INSPECTOR_AUTHORITY_SIZE];
    inspector_authority(host, inspector_address_port(&addresses->list[0]), authority);
    inspector_endpoint *endpoint = find(service, addresses);
    if (endpoint && token && !inspector_token_equal(endpoint->token, token)) {
        snprintf(error, error_size,
                 "cannot share %s: it was opened by another runtime with another access token",
                 authority);
        return NULL;
    }
    if (endpoint) return endpoint;

    inspector_addresses bound = *addresses;
    endpoint = open_endpoint(service, &bound, token);
    if (!endpoint)
        snprintf(error, error_size, "cannot listen on %s: %s", authority, strerror(errno));
    return endpoint;
}

void inspector_endpoint_join(inspector_endpoint *endpoint, inspector_entry *entry) {
    entry->endpoint = endpoint;
    TAILQ_INSERT_TAIL(&endpoint->entries, entry, link);
    inspector_connections_appeared(endpoint->service, entry);
}

void inspector_endpoint_leave(inspector_endpoint *endpoint, inspector_entry *entry) {
    if (entry) {
        TAILQ_REMOVE(&endpoint->entries, entry, link);
        entry->endpoint = NULL;
    }
    if (TAILQ_EMPTY(&endpoint->entries)) end(endpoint);
}

/* Answers that there is no room, as far as that is possible without waiting. */
static void turn_away(int fd) {
    static const char answer[] = "HTTP/1.1 503 Service Unavailable\r\n"
                                 "Content-Length: 0\r\n"
                                 "Connection: close\r\n\r\n";
    char request[4096];
    send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    shutdown(fd, SHUT_WR);
    /* If a socket is closed with unread data, the other side drops what it was sent. */
    while (recv(fd, request, sizeof(request), MSG_DONTWAIT) > 0) continue;
    close(fd);
}

static void accept_waiting(inspector_endpoint *endpoint, struct lws *wsi) {
    for (int i = 0; i < ACCEPTED_AT_ONCE; i++) {
        int fd = accept4(lws_get_socket_fd(wsi), NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EINTR || errno == ECONNABORTED) continue;
            if (errno != EAGAIN && errno != EWOULDBLOCK) {
                /* The connection stays in the queue, and would wake this thread again at once. */
                lws_rx_flow_control(wsi, 0);
                lws_set_timer_usecs(wsi, ACCEPT_RETRY_MICROSECONDS);
            }
            return;
        }
        if (inspector_connections_count(endpoint->service, endpoint, false) >= CONNECTIONS_MAX) {
            turn_away(fd);
            continue;
        }
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        inspector_connection_accept(endpoint->service, endpoint, fd);
    }
}

int inspector_endpoint_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
                                void *in, size_t length) {
    (void)user, (void)in, (void)length;
    inspector_endpoint *endpoint = lws_get_opaque_user_data(wsi);
    switch (reason) {
    case LWS_CALLBACK_RAW_RX_FILE:
        accept_waiting(endpoint, wsi);
        return 0;
    case LWS_CALLBACK_TIMER:
        lws_rx_flow_control(wsi, 1);
        return 0;
    case LWS_CALLBACK_RAW_CLOSE_FILE:
        /* The last callbacks for a socket, about its destruction, go to the other protocol. */
        lws_set_opaque_user_data(wsi, NULL);
        for (size_t i = 0; i < INSPECTOR_ADDRESSES_MAX; i++)
            if (endpoint && endpoint->listeners[i] == wsi) endpoint->listeners[i] = NULL;
        return 0;
    default:
        return 0;
    }
}
