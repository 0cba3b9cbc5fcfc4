/* Requests of debuggers for files: the host answers them, not V8. */
#ifndef RUNTIME_REQUESTS_H
#define RUNTIME_REQUESTS_H

#include "core/session_state.h"

/* Gives a request to the host. False: the host does not take it. With the isolate. */
bool host_requests_give(jsrun_session *session, const char *text, size_t length);

/* The session ends. Tells the host, if it has ever taken a request of the session. With the
 * isolate. */
void host_requests_end(jsrun_session *session);

#endif
