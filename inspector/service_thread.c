#include "service_thread.h"

#include <libwebsockets.h>
#include <signal.h>
#include <time.h>

#include "connections.h"
#include "listen.h"
#include "service.h"

enum {
    /* How many bytes are read, or sent, at a time. */
    BUFFER_BYTES = 64 * 1024,
    /* A browser sends the cookies of everything that was ever served from localhost. */
    HEADER_BYTES = 16 * 1024,
    /* For all endpoints together. Without a number libwebsockets makes tables for all descriptors
     * that the process may have, which can be very many. */
    DESCRIPTORS_MAX = 1024,
    /* How long a request may take to arrive, and its answer to be read. */
    REQUEST_SECONDS = 20,
    /* How long the clients of the last targets may take to read what is queued for them, and the
     * time between two looks whether they have. A client that has read its close frame has the time
     * between two looks to answer it. */
    PARTING_LOOKS = 6,
    PARTING_LOOK_MICROSECONDS = 50 * 1000,
};

static bool start_libwebsockets(inspector_service *service) {
    /* libwebsockets copies these, or needs them as long as the context: so they are static. */
    static const struct lws_protocols protocols[] = {
        /* The first one is for connections that name no subprotocol, as all of ours do. */
        {"", inspector_connection_callback, 0, BUFFER_BYTES, 0, NULL, BUFFER_BYTES},
        {"listener", inspector_endpoint_callback, 0, 0, 0, NULL, 0},
        {NULL, NULL, 0, 0, 0, NULL, 0},
    };
    /* libwebsockets sends no pings: websocket.c knows better when a client is silent. */
    static const lws_retry_bo_t no_pings = {0};

    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .protocols = protocols,
        .vhost_name = "jsrun",
        .server_string = "jsrun",
        .retry_and_idle_policy = &no_pings,
        .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_VALIDATE_UTF8 |
                   LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .fd_limit_per_thread = DESCRIPTORS_MAX,
        .max_http_header_data2 = HEADER_BYTES,
        .pt_serv_buf_size = BUFFER_BYTES,
        .timeout_secs = REQUEST_SECONDS,
        .keepalive_timeout = REQUEST_SECONDS,
    };

    lws_set_log_level(0, NULL);

    /* libwebsockets makes the whole process ignore SIGPIPE, which only the host may decide. The
     * signal is not needed: this thread blocks it, and sends everything with MSG_NOSIGNAL. */
    struct sigaction before;
    bool saved = sigaction(SIGPIPE, NULL, &before) == 0;
    service->context = lws_create_context(&info);
    if (saved) sigaction(SIGPIPE, &before, NULL);
    if (!service->context) return false;
    service->vhost = lws_create_vhost(service->context, &info);
    if (!service->vhost) {
        lws_context_destroy(service->context);
        service->context = NULL;
        return false;
    }
    return true;
}

typedef struct parting {
    lws_sorted_usec_list_t timer;
    inspector_service *service;
    int looks;
} parting;

static void set_parting_timer(parting *parting, lws_usec_t microseconds);

static void part(lws_sorted_usec_list_t *timer) {
    parting *parting = lws_container_of(timer, struct parting, timer);
    parting->looks++;
    set_parting_timer(parting, PARTING_LOOK_MICROSECONDS);
    /* lws_service() calls timers and then waits for the next event. */
    lws_cancel_service(parting->service->context);
}

static void set_parting_timer(parting *parting, lws_usec_t microseconds) {
    lws_sul_schedule(parting->service->context, 0, &parting->timer, part, microseconds);
}

static bool is_parting_over(const parting *parting) {
    return LIST_EMPTY(&parting->service->connections) || parting->looks == PARTING_LOOKS ||
           (parting->looks > 0 && !inspector_connections_have_to_send(parting->service));
}

/* Serves until the last user has gone, and the connections have gone or have had their time. */
static void serve(inspector_service *service) {
    parting parting = {.service = service};
    bool stopping = false;
    do {
        if (lws_service(service->context, 0) < 0) {
            /* Not known to happen. Goes on, since threads may wait for commands, but not at full
             * speed. */
            nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
        }
        inspector_service_run_commands(service);
        if (atomic_exchange(&service->woken, false)) inspector_connections_look(service);
        if (!stopping && inspector_service_is_stopping()) {
            stopping = true;
            set_parting_timer(&parting, PARTING_LOOK_MICROSECONDS);
        }
    } while (!stopping || !is_parting_over(&parting));
    set_parting_timer(&parting, LWS_SET_TIMER_USEC_CANCEL);
}

void *inspector_serve(void *data) {
    inspector_service *service = data;
    bool started = start_libwebsockets(service);
    inspector_service_started(started);
    if (!started) return NULL;
    serve(service);
    lws_context_destroy(service->context);
    service->context = NULL;
    service->vhost = NULL;
    return NULL;
}
