/* The root: a target that stands for all runtimes of an endpoint, so that one client sees them all.
 *
 * It has no JavaScript of its own. It speaks the domains Target (Chrome DevTools, puppeteer),
 * NodeWorker (VS Code) and Browser, answers what clients ask of every target before they look at
 * its children, and passes the messages of the children on. Everything here runs on the service
 * thread. */
#ifndef INSPECTOR_ROOT_H
#define INSPECTOR_ROOT_H

#include <stdbool.h>
#include <stddef.h>

#include "connection.h"
#include "endpoint.h"
#include "jsrun/status.h"
#include "outbox.h"

typedef struct inspector_root inspector_root;

/* For one client. `connection` and `outbox` outlive it. NULL: no memory. */
inspector_root *inspector_root_new(inspector_connection *connection, inspector_outbox *outbox);

/* Detaches the client from every runtime. NULL is allowed. */
void inspector_root_free(inspector_root *root);

/* A message of the client's. JSRUN_OK, also if it is answered with an error, or JSRUN_NO_MEMORY. */
jsrun_status inspector_root_receive(inspector_root *root, const char *text, size_t length);

/* How many bytes of messages wait to be handled by runtimes. */
size_t inspector_root_backlog(const inspector_root *root);

/* The following return false if memory has run out: the client cannot be told. */

/* A target has come, or has gone. */
bool inspector_root_find(inspector_root *root, inspector_entry *entry);
bool inspector_root_lose(inspector_root *root, const inspector_entry *entry);

/* Some session may have ended. */
bool inspector_root_look(inspector_root *root);

#endif
