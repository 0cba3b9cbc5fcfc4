/* pthread_setname_np() */
#define _GNU_SOURCE
#include "service.h"

#include <errno.h>
#include <libwebsockets.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "connection.h"
#include "endpoint.h"

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

typedef struct command {
    inspector_command run;
    void *data;
    bool done;
    STAILQ_ENTRY(command) next;
} command;

typedef enum state { STOPPED, STARTING, RUNNING, STOPPING } state;

/* The process's service. */
static struct {
    inspector_service service;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* the state has changed, or a command is done */
    /* Under the lock: */
    state state;
    size_t users;
    pthread_t thread;
    STAILQ_HEAD(, command) commands;
    /* The process that the thread runs in; 0 while there is none. In a forked process this is
     * another one. */
    _Atomic pid_t owner;
} process = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .changed = PTHREAD_COND_INITIALIZER,
};

bool inspector_service_forked(void) {
    pid_t owner = atomic_load(&process.owner);
    return owner != 0 && owner != getpid();
}

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

/* Runs the commands that are queued. */
static void run_commands(inspector_service *service) {
    pthread_mutex_lock(&process.lock);
    while (!STAILQ_EMPTY(&process.commands)) {
        command *next = STAILQ_FIRST(&process.commands);
        STAILQ_REMOVE_HEAD(&process.commands, next);
        pthread_mutex_unlock(&process.lock);
        next->run(service, next->data);
        pthread_mutex_lock(&process.lock);
        next->done = true;
        pthread_cond_broadcast(&process.changed);
    }
    pthread_mutex_unlock(&process.lock);
}

static bool is_stopping(void) {
    pthread_mutex_lock(&process.lock);
    bool stopping = process.state == STOPPING;
    pthread_mutex_unlock(&process.lock);
    return stopping;
}

static void set_state(state state) {
    pthread_mutex_lock(&process.lock);
    process.state = state;
    pthread_cond_broadcast(&process.changed);
    pthread_mutex_unlock(&process.lock);
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
        run_commands(service);
        if (atomic_exchange(&service->woken, false)) inspector_connections_look(service);
        if (!stopping && is_stopping()) {
            stopping = true;
            set_parting_timer(&parting, PARTING_LOOK_MICROSECONDS);
        }
    } while (!stopping || !is_parting_over(&parting));
    set_parting_timer(&parting, LWS_SET_TIMER_USEC_CANCEL);
}

static void *service_thread(void *data) {
    inspector_service *service = data;
    if (!start_libwebsockets(service)) {
        set_state(STOPPING);
        return NULL;
    }
    set_state(RUNNING);
    serve(service);
    lws_context_destroy(service->context);
    service->context = NULL;
    service->vhost = NULL;
    return NULL;
}

/* Creates the service thread with signals blocked, since they are for the host's threads. Signals
 * that a thread causes itself are not blocked. */
static int create_thread(void) {
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    sigset_t blocked, before;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) sigdelset(&blocked, own[i]);
    int failure = pthread_sigmask(SIG_SETMASK, &blocked, &before);
    if (failure) return failure;
    failure = pthread_create(&process.thread, NULL, service_thread, &process.service);
    if (!failure) pthread_setname_np(process.thread, "jsrun-inspector");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

/* Ends the thread, which is stopping or will see that it has to. The lock is held. */
static void join_thread(void) {
    pthread_t thread = process.thread;
    pthread_mutex_unlock(&process.lock);
    pthread_join(thread, NULL);
    pthread_mutex_lock(&process.lock);
    process.state = STOPPED;
    atomic_store(&process.owner, 0);
    pthread_cond_broadcast(&process.changed);
}

bool inspector_service_acquire(char *error, size_t error_size) {
    if (inspector_service_forked()) {
        snprintf(error, error_size,
                 "the inspector belongs to the process that this one was forked from");
        return false;
    }

    bool acquired = false;
    pthread_mutex_lock(&process.lock);
    while (process.state == STARTING || process.state == STOPPING)
        pthread_cond_wait(&process.changed, &process.lock);
    if (process.state == RUNNING) {
        process.users++;
        acquired = true;
        goto out;
    }

    STAILQ_INIT(&process.commands);
    LIST_INIT(&process.service.endpoints);
    LIST_INIT(&process.service.connections);
    atomic_store(&process.owner, getpid());
    process.state = STARTING;
    int failure = create_thread();
    if (failure) {
        process.state = STOPPED;
        atomic_store(&process.owner, 0);
        pthread_cond_broadcast(&process.changed);
        snprintf(error, error_size, "cannot start the inspector's thread: %s", strerror(failure));
        goto out;
    }
    while (process.state == STARTING) pthread_cond_wait(&process.changed, &process.lock);
    if (process.state == STOPPING) {
        join_thread();
        snprintf(error, error_size, "cannot start the inspector: libwebsockets refused");
        goto out;
    }
    process.users++;
    acquired = true;

out:
    pthread_mutex_unlock(&process.lock);
    return acquired;
}

void inspector_service_release(void) {
    pthread_mutex_lock(&process.lock);
    if (--process.users == 0) {
        process.state = STOPPING;
        lws_cancel_service(process.service.context);
        join_thread();
    }
    pthread_mutex_unlock(&process.lock);
}

void inspector_service_run(inspector_command run, void *data) {
    command mine = {.run = run, .data = data};
    pthread_mutex_lock(&process.lock);
    STAILQ_INSERT_TAIL(&process.commands, &mine, next);
    lws_cancel_service(process.service.context);
    while (!mine.done) pthread_cond_wait(&process.changed, &process.lock);
    pthread_mutex_unlock(&process.lock);
}

void inspector_service_wake(inspector_service *service) {
    atomic_store(&service->woken, true);
    lws_cancel_service(service->context);
}
