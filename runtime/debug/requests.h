/* Requests of debuggers that the host answers, instead of V8. */
#ifndef RUNTIME_REQUESTS_H
#define RUNTIME_REQUESTS_H

#include "core/session_state.h"

/* Gives a request to the host. False: the host does not take it. With the isolate. */
bool host_requests_give(jsrun_session *session, const char *text, size_t length);

/* The session ends: tells the host, if that was ever given a request of it. With the isolate. */
void host_requests_end(jsrun_session *session);

#endif
