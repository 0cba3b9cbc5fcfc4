/* Sessions from the inside: who may use which field. */
#ifndef RUNTIME_CORE_SESSION_STATE_H
#define RUNTIME_CORE_SESSION_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "jsrun/session.h"
#include "v8/engine.h"

struct jsrun_session {
    jsrun_runtime *runtime;
    jsrun_session *next; /* of the runtime's list; under runtime->lock */
    atomic_int references;

    /* One callback at a time, and none once the client has left. */
    pthread_mutex_t client_lock;
    jsrun_session_client client;
    bool left;

    atomic_size_t backlog;

    /* Only the isolate's holder uses these. */
    engine_session *engine_session;
    unsigned dispatching; /* how many messages of this session are on the stack … */
    unsigned suspended;   /* … and how many of these lie below a pause */
    double dispatched_at; /* thread_busy() when the outermost one above a pause started */
    bool detached; /* the client has left; V8's session is freed when nothing is on the stack */
    bool muted;    /* V8's answers are not for the client */
    bool refused;  /* the last muted one was an error */
    bool pause_on_next; /* the next JavaScript is to pause */
    void *host_data;    /* what the host keeps for the requests that it answers */

    /* Under runtime->lock. */
    bool ready;   /* the client has sent Runtime.runIfWaitingForDebugger */
    bool leaving; /* jsrun_session_close() was called */
};

/* Under `lock`. */
typedef struct session_list {
    jsrun_session *first;
    jsrun_session *detached; /* their clients have left, but V8 may still use them */
    unsigned count;          /* of the sessions from `first` on */
} session_list;

#endif
