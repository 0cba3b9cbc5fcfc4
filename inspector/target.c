/* The public interface: targets. */
#include "jsrun/inspector.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "connections.h"
#include "listen.h"
#include "json.h"
#include "service_thread.h"
#include "service.h"
#include "token.h"
#include "uuid.h"

enum {
    MESSAGE_BYTES = 100 * 1024 * 1024,
    QUEUE_BYTES = 16 * 1024 * 1024,
    PING_MILLISECONDS = 20 * 1000,
    SILENCE_MILLISECONDS = 40 * 1000,
};

struct jsrun_target {
    inspector_entry entry;
    jsrun_target_info info;
    jsrun_target_limits limits;
    /* What `info` points to. */
    char *strings[5];
    char websocket_url[INSPECTOR_URL_SIZE];
    char frontend_url[INSPECTOR_URL_SIZE];
    char process_websocket_url[INSPECTOR_URL_SIZE];
    char process_frontend_url[INSPECTOR_URL_SIZE];
    char token[INSPECTOR_TOKEN_SIZE];

    pthread_mutex_t closing; /* held while the target is being closed. It guards these: */
    bool open;               /* listed, and a user of the service */
    bool watching;           /* the runtime will tell when it closes */
};

static bool copy(jsrun_target *target, size_t index, const char **to, const char *from,
                 const char *otherwise) {
    if (!from) from = otherwise;
    *to = NULL;
    if (!from) return true;
    *to = target->strings[index] = strdup(from);
    return *to != NULL;
}

static jsrun_target *target_new(jsrun_runtime *runtime, const jsrun_target_options *options) {
    jsrun_target *target = calloc(1, sizeof(*target));
    if (!target) return NULL;
    pthread_mutex_init(&target->closing, NULL);
    jsrun_target_info *info = &target->info;
    if (!copy(target, 0, &info->host, options->host, "127.0.0.1") ||
        !copy(target, 1, &info->title, options->title, "jsrun") ||
        !copy(target, 2, &info->description, options->description, "jsrun runtime") ||
        !copy(target, 3, &info->target_url, options->target_url, "") ||
        !copy(target, 4, &info->favicon_url, options->favicon_url, NULL)) {
        jsrun_target_free(target);
        return NULL;
    }
    info->websocket_url = target->websocket_url;
    info->devtools_frontend_url = target->frontend_url;
    info->process_websocket_url = target->process_websocket_url;
    info->process_devtools_frontend_url = target->process_frontend_url;

    jsrun_target_limits *limits = &target->limits;
    *limits = options->limits;
    if (!limits->message_bytes) limits->message_bytes = MESSAGE_BYTES;
    if (!limits->inbound_bytes) limits->inbound_bytes = QUEUE_BYTES;
    if (!limits->outbound_bytes) limits->outbound_bytes = QUEUE_BYTES;
    if (!limits->ping_milliseconds) limits->ping_milliseconds = PING_MILLISECONDS;
    if (!limits->silence_milliseconds) limits->silence_milliseconds = SILENCE_MILLISECONDS;

    target->entry.runtime = runtime;
    target->entry.info = info;
    target->entry.limits = limits;
    return target;
}

typedef struct join_command {
    jsrun_target *target;
    const inspector_addresses *addresses;
    const char *token;
    bool done;
    char *error;
    size_t error_size;
} join_command;

static void join(inspector_service *service, void *data) {
    join_command *command = data;
    jsrun_target *target = command->target;
    jsrun_target_info *info = &target->info;
    inspector_endpoint *endpoint =
        inspector_endpoint_get(service, info->host, command->addresses, command->token,
                               command->error, command->error_size);
    if (!endpoint) return;
    info->port = inspector_endpoint_port(endpoint);
    char authority[INSPECTOR_AUTHORITY_SIZE];
    inspector_authority(inspector_reachable(info->host), info->port, authority);
    inspector_websocket_url(endpoint, authority, info->id, target->websocket_url);
    inspector_frontend_url(endpoint, authority, info->id, target->frontend_url);
    const char *root_id = inspector_endpoint_root_id(endpoint);
    inspector_websocket_url(endpoint, authority, root_id, target->process_websocket_url);
    inspector_root_frontend_url(endpoint, authority, target->process_frontend_url);
    const char *token = inspector_endpoint_token(endpoint);
    if (token) {
        snprintf(target->token, sizeof(target->token), "%s", token);
        info->access_token = target->token;
    }
    target->entry.waits = jsrun_runtime_is_waiting_for_debugger(target->entry.runtime);
    inspector_endpoint_join(endpoint, &target->entry);
    command->done = true;
}

static void leave(inspector_service *service, void *data) {
    jsrun_target *target = data;
    inspector_connections_detach(service, &target->entry);
    inspector_endpoint_leave(target->entry.endpoint, &target->entry);
}

/* Undoes what opening has done. */
static void end(jsrun_target *target) {
    pthread_mutex_lock(&target->closing);
    if (target->open) {
        target->open = false;
        inspector_service_run(leave, target);
        inspector_service_release();
    }
    pthread_mutex_unlock(&target->closing);
}

/* The runtime is closing. */
static void runtime_closing(void *data) {
    if (!inspector_service_forked()) end(data);
}

static bool check_host(const inspector_addresses *addresses, const jsrun_target_options *options,
                       const char *host, char *error, size_t error_size) {
    for (size_t i = 0; i < addresses->count; i++) {
        if (!options->allow_remote && !inspector_address_is_loopback(&addresses->list[i])) {
            snprintf(error, error_size,
                     "cannot listen on %s: it can be reached from other machines, "
                     "which allow_remote has to permit",
                     host);
            return false;
        }
    }
    return true;
}

bool jsrun_target_open(jsrun_runtime *runtime, const jsrun_target_options *options,
                       jsrun_target **result, char *error, size_t error_size) {
    bool opened = false;
    *result = NULL;
    if (error_size > 0) error[0] = '\0';
    jsrun_target *target = target_new(runtime, options);
    if (!target) {
        snprintf(error, error_size, "out of memory");
        return false;
    }

    inspector_addresses addresses;
    const char *host = target->info.host;
    if (options->access_token && !inspector_token_is_valid(options->access_token)) {
        snprintf(error, error_size,
                 "the access token has to have from %d to %d characters of A-Z a-z 0-9 - . _ ~",
                 INSPECTOR_TOKEN_SHORTEST, INSPECTOR_TOKEN_LONGEST);
        goto out;
    }
    if (!inspector_addresses_resolve(host, options->port, &addresses, error, error_size) ||
        !check_host(&addresses, options, host, error, error_size))
        goto out;
    if (!inspector_uuid(target->info.id)) {
        snprintf(error, error_size, "the system has no random numbers to give");
        goto out;
    }
    if (!inspector_service_acquire(inspector_serve, error, error_size)) goto out;
    join_command command = {.target = target,
                            .addresses = &addresses,
                            .token = options->access_token,
                            .error = error,
                            .error_size = error_size};
    inspector_service_run(join, &command);
    if (!command.done) {
        inspector_service_release();
        goto out;
    }
    target->open = target->watching = true;
    jsrun_runtime_on_close(runtime, runtime_closing, target);
    /* A runtime whose close has already started does not tell. */
    jsrun_status state = jsrun_runtime_state(runtime);
    if (state != JSRUN_OK) {
        snprintf(error, error_size, "%s", jsrun_status_text(state));
        goto out;
    }
    opened = true;

out:
    if (opened)
        *result = target;
    else
        jsrun_target_free(target);
    return opened;
}

const jsrun_target_info *jsrun_target_info_of(const jsrun_target *target) { return &target->info; }

void jsrun_target_close(jsrun_target *target) {
    /* Neither the lock nor the runtime may be used in a forked process. */
    if (inspector_service_forked()) return;
    pthread_mutex_lock(&target->closing);
    bool watching = target->watching;
    target->watching = false;
    pthread_mutex_unlock(&target->closing);
    /* Waits for runtime_closing(), which takes the lock. */
    if (watching) jsrun_runtime_on_close(target->entry.runtime, NULL, NULL);
    end(target);
}

void jsrun_target_free(jsrun_target *target) {
    if (!target) return;
    jsrun_target_close(target);
    for (size_t i = 0; i < sizeof(target->strings) / sizeof(target->strings[0]); i++)
        free(target->strings[i]);
    pthread_mutex_destroy(&target->closing);
    free(target);
}
