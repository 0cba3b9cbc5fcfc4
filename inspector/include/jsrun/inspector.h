/* The DevTools server: offers runtimes to debuggers over HTTP and WebSocket.
 *
 * A target is one runtime as a debugger sees it. An endpoint is a listening host and port; it
 * starts with its first target, is shared by all targets of the same host and port in this process,
 * and ends with the last one. It also has a root, a target that stands for all of them. One thread
 * serves all endpoints; it exists while there are any.
 *
 * Threads and locks: any thread may call any function. A call waits for the service thread. The
 * host lock (CPython's GIL) must not be held by the caller; the library never needs it and never
 * calls code that does. No function may be called from a session's callbacks. In a process forked
 * from the one that opened an endpoint every call returns at once: opening fails, closing does
 * nothing. */
#ifndef JSRUN_INSPECTOR_H
#define JSRUN_INSPECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jsrun/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct jsrun_target jsrun_target;

/* Limits for one client. Zero stands for the default. */
typedef struct jsrun_target_limits {
    /* A longer message from a client closes its connection (1009). Default: 100 MiB. */
    size_t message_bytes;
    /* Reading from a client stops while more than this waits to be handled. Default: 16 MiB. */
    size_t inbound_bytes;
    /* The runtime waits while more than this waits to be sent to a client. Default: 16 MiB. */
    size_t outbound_bytes;
    /* A client that has been silent for this time is sent a ping. Default: 20 s. */
    uint32_t ping_milliseconds;
    /* A client that was sent a ping and has been silent for this time in all is disconnected.
     * Default: 40 s. Time in which this process did not run does not count. */
    uint32_t silence_milliseconds;
} jsrun_target_limits;

/* Strings are UTF-8, and are copied. Zeroed options are valid: 127.0.0.1 and any free port. */
typedef struct jsrun_target_options {
    /* A name or an address to listen on: "127.0.0.1", "localhost" (IPv4, and IPv6 where there is
     * any), "::1". NULL: "127.0.0.1". */
    const char *host;
    /* 0: an endpoint of its own, on a free port. */
    uint16_t port;
    /* Whether `host` may be an address that is not a loopback address. */
    bool allow_remote;
    /* The secret that every request has to carry as the query parameter access_token: at least 16
     * characters of A-Z a-z 0-9 - . _ ~. NULL: none, or, for a host that is not a loopback address,
     * a random one. The endpoint's first target decides; the others give the same one or NULL. */
    const char *access_token;
    /* Shown in lists of targets. NULL: "jsrun", "jsrun runtime", "" and none. */
    const char *title;
    const char *description;
    const char *target_url;
    const char *favicon_url;
    jsrun_target_limits limits;
} jsrun_target_options;

/* Where debuggers find a target. */
typedef struct jsrun_target_info {
    char id[37]; /* a random UUID, which a client has to know, besides the access token */
    uint16_t port;
    const char *host;
    const char *title;
    const char *description;
    const char *target_url;
    const char *favicon_url;   /* NULL: none */
    const char *access_token;  /* NULL: none is needed */
    const char *websocket_url; /* this one and the following contain the access token */
    const char *devtools_frontend_url;
    /* The URLs of the root, where one client attaches to all targets of the endpoint. */
    const char *process_websocket_url;
    const char *process_devtools_frontend_url;
} jsrun_target_info;

/* Lists `runtime` as a target of the endpoint, which is opened if necessary. On true the caller
 * owns *target, and calls jsrun_target_free() before it releases the runtime. On false `error`
 * holds a sentence without a full stop, such as "cannot listen on 127.0.0.1:9229: Address already
 * in use". Uses the runtime's jsrun_runtime_on_close(): the target closes with it. */
bool jsrun_target_open(jsrun_runtime *runtime, const jsrun_target_options *options,
                       jsrun_target **target, char *error, size_t error_size);

/* Valid until jsrun_target_free(), also after the target was closed. */
const jsrun_target_info *jsrun_target_info_of(const jsrun_target *target);

/* Takes the target off the lists, detaches its clients from the runtime, and tells them so
 * (WebSocket close 1001, in the background). If it was the endpoint's last target, the port becomes
 * free. The library does not call the runtime after this returns. May be called again, and by
 * several threads. Does not wait for clients, except that the process's last target gives them a
 * moment to take their close frames. */
void jsrun_target_close(jsrun_target *target);

/* Closes the target if it is open, and frees it. NULL is allowed. No other call for it may be under
 * way. */
void jsrun_target_free(jsrun_target *target);

#ifdef __cplusplus
}
#endif

#endif
