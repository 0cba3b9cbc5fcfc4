/* The isolate's holder handles what clients have sent. */
#ifndef RUNTIME_DEBUG_SERVE_H
#define RUNTIME_DEBUG_SERVE_H

#include "jsrun/runtime.h"

typedef enum served {
    SERVED_NONE, /* there was no message to handle */
    SERVED_MESSAGE,
    /* Runtime.terminateExecution: if JavaScript is on the stack, the caller must call
     * runtime_stop_by_client(). V8's inspector must not be called before that: it aborts the
     * process when it meets a termination. */
    SERVED_TERMINATION,
} served;

/* Handles all messages that may be handled now, up to a termination. With the isolate, without the
 * host lock. */
served runtime_serve_sessions(jsrun_runtime *runtime);
/* Only the next message. */
served runtime_serve_one(jsrun_runtime *runtime);
/* The same in a host function that JavaScript of the runtime has called on this thread. The thread
 * may have entered other isolates since. Stops that JavaScript if a client wants it. */
void runtime_serve_in_host_call(jsrun_runtime *runtime, void **token);
/* Whether there is a message that may be handled now. On the isolate's holder, with `lock` held. */
bool runtime_has_messages_locked(jsrun_runtime *runtime);
/* A pause starts, or has ended. During a pause, messages on the stack do not hold later ones back.
 * With the isolate. */
void runtime_suspend_messages(jsrun_runtime *runtime, bool suspend);

/* V8 loses the sessions whose clients have left. With the isolate, on a thread with nothing of V8
 * on its stack. */
void runtime_free_detached_sessions(jsrun_runtime *runtime);
/* Tells every client that the runtime has closed, and detaches it from V8. With the isolate, in an
 * entry. */
void runtime_close_sessions(jsrun_runtime *runtime);

#endif
