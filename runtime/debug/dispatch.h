/* Messages on their way into V8, and from V8 to the clients. With the isolate, without the host
 * lock. */
#ifndef RUNTIME_DEBUG_DISPATCH_H
#define RUNTIME_DEBUG_DISPATCH_H

#include "core/session_state.h"

/* V8 handles a message of the client. */
void session_dispatch(jsrun_session *session, const char *text, size_t length);
/* V8 handles a message of the library itself, and the client does not see the answer. False: V8
 * refused it. */
bool session_command(jsrun_session *session, const char *message);

#endif
