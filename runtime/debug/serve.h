/* The isolate's holder serves the clients. */
#ifndef RUNTIME_DEBUG_SERVE_H
#define RUNTIME_DEBUG_SERVE_H

#include "jsrun/runtime.h"

typedef enum served {
    SERVED_NONE, /* nothing was there */
    SERVED_MESSAGE,
    /* Runtime.terminateExecution: with JavaScript beneath, runtime_stop_by_client() is due. V8's inspector must not
     * be called before that, since it aborts the process when a termination meets it. */
    SERVED_TERMINATION,
} served;

/* Handles what clients have sent: all there is, or up to a termination. With the isolate, without the host lock. */
served runtime_serve_sessions(jsrun_runtime *runtime);
/* Only the next message. */
served runtime_serve_one(jsrun_runtime *runtime);
/* runtime_serve_sessions() in a function of the host's that JavaScript of the runtime has called, on this thread, which may have
 * entered other isolates since. Stops that JavaScript if a client says so. */
void runtime_serve_in_host_call(jsrun_runtime *runtime, void **token);
/* Whether there is a message that may be handled now. `lock` held; for the isolate's holder. */
bool runtime_has_messages_locked(jsrun_runtime *runtime);
/* A pause starts, or has ended: messages on the stack do not hold later ones back meanwhile. With the isolate. */
void runtime_suspend_messages(jsrun_runtime *runtime, bool suspend);

/* Has V8 lose the sessions that have left. With the isolate, on a thread that has nothing of V8's on its stack. */
void runtime_free_detached_sessions(jsrun_runtime *runtime);
/* Tells every client that the runtime has closed, and detaches it from V8. With the isolate entered. */
void runtime_close_sessions(jsrun_runtime *runtime);

#endif
