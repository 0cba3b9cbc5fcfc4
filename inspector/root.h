/* The root: a target that stands for all runtimes of an endpoint. A client of it sees all of them.
 *
 * It has no JavaScript of its own. It speaks the domains Target (Chrome DevTools, puppeteer),
 * NodeWorker (VS Code) and Browser, answers what clients ask every target before they look for its
 * children, and passes on the messages of the children. Everything here runs on the service
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

/* The root for one client. `connection` and `outbox` outlive it. NULL: no memory. */
inspector_root *inspector_root_new(inspector_connection *connection, inspector_outbox *outbox);

/* Detaches the client from every runtime. NULL is allowed. */
void inspector_root_free(inspector_root *root);

/* Handles a message of the client. JSRUN_OK, even if the answer is an error, or JSRUN_NO_MEMORY. */
jsrun_status inspector_root_receive(inspector_root *root, const char *text, size_t length);

/* How many bytes of messages wait for runtimes. */
size_t inspector_root_backlog(const inspector_root *root);

/* These return false if memory has run out, so that the client cannot be told. */

/* A target has come, or has gone. */
bool inspector_root_find(inspector_root *root, inspector_entry *entry);
bool inspector_root_lose(inspector_root *root, const inspector_entry *entry);

/* Some session may have ended. */
bool inspector_root_look(inspector_root *root);

#endif
