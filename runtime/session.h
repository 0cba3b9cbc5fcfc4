/* Sessions from the inside: who may touch which part. */
#ifndef RUNTIME_SESSION_H
#define RUNTIME_SESSION_H

#include "runtime.h"

struct jsrun_session {
    jsrun_runtime *runtime;
    jsrun_session *next; /* of runtime->sessions; under runtime->lock */
    atomic_int references;

    /* One callback at a time, and none once the client has left. */
    pthread_mutex_t client_lock;
    jsrun_session_client client;
    bool left;

    atomic_size_t backlog;

    /* The isolate's holder's. */
    engine_session *engine_session;
    unsigned dispatching; /* messages of this session that are on the stack … */
    unsigned suspended;   /* … of which so many lie below a pause */
    bool detached;        /* the client has left; V8's session goes when nothing is on the stack */
};

/* What a client has sent: the isolate's holder takes it from the queue. */
typedef enum inbound_kind { INBOUND_OPEN, INBOUND_MESSAGE, INBOUND_CLOSE } inbound_kind;

struct inbound {
    inbound *next;
    inbound_kind kind;
    jsrun_session *session; /* holds a reference */
    bool urgent;            /* stops or steers what runs: does not wait for its turn */
    size_t length;
    char text[];
};

void session_retain(jsrun_session *session);
void session_release(jsrun_session *session);

#endif
