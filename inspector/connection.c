#include "connection.h"

#include <sys/socket.h>

void inspector_connection_wake(inspector_connection *connection) {
    /* A connection that is woken and was not looked at yet needs no second call. */
    if (!atomic_exchange(&connection->woken, true)) inspector_service_wake(connection->service);
}

void inspector_connection_kill(inspector_connection *connection) {
    /* A forked process may hold the socket, too, but the client has to see the end. */
    shutdown(lws_get_socket_fd(connection->wsi), SHUT_RDWR);
    lws_set_timeout(connection->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

size_t inspector_connections_count(const inspector_service *service,
                                   const struct inspector_endpoint *endpoint,
                                   bool websockets_only) {
    size_t count = 0;
    const inspector_connection *connection;
    LIST_FOREACH(connection, &service->connections, link) {
        count += connection->endpoint == endpoint && (!websockets_only || connection->websocket);
    }
    return count;
}
