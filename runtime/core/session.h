/* Sessions from the inside: who may touch which part. */
#ifndef RUNTIME_SESSION_H
#define RUNTIME_SESSION_H

#include "core/runtime.h"

struct jsrun_session {
    jsrun_runtime *runtime;
    jsrun_session *next; /* of runtime->locked.sessions.first; under runtime->lock */
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
    bool muted;           /* V8's answers are not for the client */
    bool refused;         /* the last muted one was an error */
    bool pause_on_next;   /* the next JavaScript is to pause */
    void *host_data;      /* of the host's, for the requests that it answers */

    /* Under runtime->lock. */
    bool ready;   /* has sent Runtime.runIfWaitingForDebugger */
    bool leaving; /* jsrun_session_close() was called */
};

/* What a client has sent: the isolate's holder takes it from the queue. */
typedef enum inbound_kind {
    INBOUND_OPEN,
    INBOUND_MESSAGE,
    INBOUND_PAUSE, /* from jsrun_runtime_request_pause(); for any session */
    INBOUND_CLOSE,
} inbound_kind;

struct inbound {
    inbound *next;
    inbound_kind kind;
    jsrun_session *session; /* holds a reference */
    bool pauses;            /* is Debugger.pause */
    bool for_host;          /* the host may answer it */
    bool undisturbed;       /* no other is handled meanwhile */
    bool urgent;            /* stops or steers what runs: does not wait for its turn */
    bool terminates; /* V8 itself will stop what runs: it must not be shown more before that */
    size_t length;
    char text[];
};

/* Has V8 handle a message of the library's own, whose answer the client is not shown. False: V8 refused it. With
 * the isolate, without the host lock. */
bool session_command(jsrun_session *session, const char *message);
/* Queues `kind` for the first session, if there is one. runtime->lock held. */
bool session_enqueue_locked(jsrun_runtime *runtime, inbound_kind kind);

/* V8 has been sent Debugger.pause by this session's client. With the isolate. */
void runtime_note_pause_request(jsrun_session *session);

/* The client of `session`, which may be NULL, has sent Runtime.runIfWaitingForDebugger. Any thread. */
void session_note_ready(jsrun_session *session);

#endif
