/* One attachment of a client to a runtime. A client of a runtime has one; a client of the root
 * (root.h) has any number. Everything here runs on the service thread. */
#ifndef INSPECTOR_LINK_H
#define INSPECTOR_LINK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "connection.h"
#include "endpoint.h"
#include "jsrun/session.h"
#include "outbox.h"
#include "uuid.h"

/* How the client tells this runtime's messages from another's. */
typedef enum inspector_wrapping {
    INSPECTOR_WRAP_NONE,   /* there is only one runtime */
    INSPECTOR_WRAP_FLAT,   /* by their "sessionId" */
    INSPECTOR_WRAP_TARGET, /* they come as strings in Target.receivedMessageFromTarget */
    INSPECTOR_WRAP_WORKER, /* they come as strings in NodeWorker.receivedMessageFromWorker */
} inspector_wrapping;

typedef struct inspector_link {
    LIST_ENTRY(inspector_link) next; /* for its owner */
    inspector_connection *connection;
    inspector_outbox *outbox;
    inspector_entry *entry;
    inspector_wrapping wrapping;
    char id[INSPECTOR_UUID_SIZE]; /* the session's, for the client */
    bool automatic;               /* the client did not ask for this runtime by name */
    bool holds;                   /* the runtime waits for a debugger because of it */
    jsrun_session *session;       /* NULL: not attached */
    atomic_bool left;             /* no more messages are wanted. Any thread reads it */
    atomic_bool ended; /* the runtime has closed, or memory ran out. Any thread sets it */
} inspector_link;

LIST_HEAD(inspector_link_list, inspector_link);

/* Not attached yet. `connection` and `outbox` outlive the link. NULL: no memory. */
inspector_link *inspector_link_new(inspector_connection *connection, inspector_outbox *outbox,
                                   inspector_entry *entry, inspector_wrapping wrapping);

/* Attaches it. From then on the client gets messages. */
jsrun_status inspector_link_attach(inspector_link *link);

/* Makes the runtime wait for a debugger, until this or another client lets it go, or leaves. */
void inspector_link_hold(inspector_link *link);

/* Detaches and frees the link. The runtime makes no calls after this returns. NULL is allowed. */
void inspector_link_free(inspector_link *link);

jsrun_status inspector_link_send(inspector_link *link, const char *text, size_t length);

/* How many bytes of messages wait for the runtime. */
size_t inspector_link_backlog(const inspector_link *link);

#endif
