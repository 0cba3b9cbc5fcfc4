/* The thread that does all networking: its users, and the commands that they send it.
 *
 * libwebsockets is used by one thread at a time, so other threads send commands and wait for them.
 * Only commands and libwebsockets' callbacks touch endpoints, connections and lists of targets. All
 * of these run on the service thread, so no lock is needed.
 *
 * There is one libwebsockets context and one vhost, which does not listen. The listening sockets
 * are our own (listen.c), and each accepted socket is handed to that vhost. A vhost for each
 * endpoint would be the usual way, but libwebsockets 4.1 closes a vhost's connections with it, so
 * that clients of an endpoint's last target could not be told why; it closes the listening socket
 * some time later, so that the port would still be taken; and it does not tell why a socket cannot
 * listen. */
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

/* What the service thread owns. Other threads send it commands. */
typedef struct inspector_service {
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct inspector_endpoint_list endpoints;
    struct inspector_connection_list connections;
    /* Whether a connection's `woken` is set. Any thread. */
    atomic_bool woken;
} inspector_service;

typedef void (*inspector_command)(inspector_service *service, void *data);

/* Whether this process was forked from the one that the service thread runs in. If so, neither the
 * service nor any lock of its users may be used: the thread that holds the lock does not exist in
 * this process. */
bool inspector_service_forked(void);

/* Starts the service thread for its first user, with inspector_serve() (service_thread.h) as
 * `body`. Every user calls inspector_service_release() in the end. False: `error` says why, and
 * there is nothing to release. */
bool inspector_service_acquire(void *(*body)(void *service), char *error, size_t error_size);

/* The last user ends the service thread, after a moment for the connections that are closing. */
void inspector_service_release(void);

/* Runs a command on the service thread and waits for its end. The caller is a user of the
 * service. */
void inspector_service_run(inspector_command command, void *data);

/* Makes the service thread look at `woken`. The caller is a user of the service, or a user exists
 * that outlives this call. */
void inspector_service_wake(inspector_service *service);

/* --- for the service thread ------------------------------------------------------------------- */

/* Tells the first user whether the thread can serve. */
void inspector_service_started(bool good);

/* Runs the commands that are queued. */
void inspector_service_run_commands(inspector_service *service);

/* Whether the last user has gone. */
bool inspector_service_is_stopping(void);

#endif
