/* The thread that does all networking, and the one object behind it.
 *
 * libwebsockets is used by one thread at a time, so other threads send it commands and wait for
 * them. Endpoints, connections and lists of targets are touched by commands and by libwebsockets'
 * callbacks only, all on the service thread, and need no lock.
 *
 * There is one libwebsockets context and one vhost, which does not listen: listening sockets are
 * our own and are accepted from here (endpoint.c), and each accepted socket is handed to that
 * vhost. A vhost for each endpoint would be the usual way, but libwebsockets 4.1 closes a vhost's
 * connections with it, so that clients of an endpoint's last target could not be told why; it
 * closes the listening socket some time later, so that the port would still be taken; and it does
 * not tell why a socket cannot listen. */
#ifndef INSPECTOR_SERVICE_H
#define INSPECTOR_SERVICE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

struct lws_context;
struct lws_vhost;
struct inspector_connection;
struct inspector_endpoint;

LIST_HEAD(inspector_connection_list, inspector_connection);
LIST_HEAD(inspector_endpoint_list, inspector_endpoint);

/* What the service thread owns. Other threads get at it through commands. */
typedef struct inspector_service {
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct inspector_endpoint_list endpoints;
    struct inspector_connection_list connections;
    /* Some connection's `woken` is set. Any thread. */
    atomic_bool woken;
} inspector_service;

typedef void (*inspector_command)(inspector_service *service, void *data);

/* Whether this process was forked from the one that the service thread runs in. Nothing of the
 * service may be used then, nor any lock of what uses it: the thread that held it is not in this
 * process. */
bool inspector_service_forked(void);

/* Starts the service thread for its first user; every user ends with inspector_service_release().
 * False: `error` says why, and there is nothing to release. */
bool inspector_service_acquire(char *error, size_t error_size);

/* The last one ends the service thread, after it has given connections that are closing a moment to
 * do so. */
void inspector_service_release(void);

/* Runs a command on the service thread and waits for its end. The caller is a user of the
 * service. */
void inspector_service_run(inspector_command command, void *data);

/* Makes the service thread look at `woken`. The caller is a user of the service, or something is
 * that ends later than this call. */
void inspector_service_wake(inspector_service *service);

#endif
