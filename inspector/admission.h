/* Decides which requests are served. Web pages can make the user's browser send requests to this
 * machine; these are refused. */
#ifndef INSPECTOR_ADMISSION_H
#define INSPECTOR_ADMISSION_H

#include <stdbool.h>

/* Whether a Host header names this server in a way that a page cannot arrange: an IP address or
 * localhost (or something.localhost), with or without a port. The owner of any other name could
 * point it at this machine (DNS rebinding). */
bool inspector_admits_host(const char *host);

/* Whether a Host header is the name of some host, with or without a port. */
bool inspector_admits_name(const char *host);

/* Whether an Origin header belongs to a debugger. Browsers send the header with every WebSocket
 * handshake and every cross-origin request of a page. Only Chrome's own DevTools front end is
 * admitted; other debuggers send no Origin. */
bool inspector_admits_origin(const char *origin);

#endif
