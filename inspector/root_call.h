/* One request to the root, and the functions that its methods use. */
#ifndef INSPECTOR_ROOT_CALL_H
#define INSPECTOR_ROOT_CALL_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "link.h"
#include "root.h"

/* The codes of JSON-RPC, and Chrome's code for an unknown session. */
enum {
    INSPECTOR_PARSE_ERROR = -32700,
    INSPECTOR_INVALID_REQUEST = -32600,
    INSPECTOR_METHOD_NOT_FOUND = -32601,
    INSPECTOR_INVALID_PARAMS = -32602,
    INSPECTOR_SERVER_ERROR = -32000,
    INSPECTOR_NO_SESSION = -32001,
};

struct inspector_root {
    inspector_connection *connection;
    inspector_outbox *outbox;
    struct inspector_link_list links;
    bool discovers; /* wants to be told of all targets */
    /* Wants to be attached to all targets, and wants new ones to wait. */
    bool attaches;
    bool attach_holds;
    /* The same, in the words of the domain NodeWorker. */
    bool workers;
    bool worker_holds;
    unsigned breakpoints; /* how many numbers were given out */
    bool failed;          /* memory has run out */
};

typedef struct inspector_root_call {
    inspector_root *root;
    const char *method;
    const cJSON *params; /* NULL: none */
    cJSON *result;       /* an object to fill in */
    int code;            /* 0: no error */
    char message[160];
} inspector_root_call;

/* Performs the request. */
void inspector_root_dispatch(inspector_root_call *call);

void inspector_root_fail(inspector_root_call *call, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sends a message. Takes over it; NULL means that memory has run out. */
void inspector_root_send(inspector_root *root, cJSON *message);

/* Sends an event. Takes over `params`; NULL means that memory has run out. */
void inspector_root_event(inspector_root *root, const char *method, cJSON *params);

/* The domain Target's description of a target. `automatic`: see inspector_root_attach(). NULL: no
 * memory. */
cJSON *inspector_root_target_info(const inspector_entry *entry, bool automatic);

/* Attaches the client and tells it. `automatic`: it did not ask for this target by name. `hold`:
 * the runtime has to wait for it. NULL: the runtime is closing, or memory has run out. */
inspector_link *inspector_root_attach(inspector_root *root, inspector_entry *entry,
                                      inspector_wrapping wrapping, bool automatic, bool hold);

/* Detaches the client and tells it. */
void inspector_root_detach(inspector_root *root, inspector_link *link);

/* The session that has this id, or NULL. */
inspector_link *inspector_root_session(const inspector_root *root, const char *id, size_t length);

#endif
