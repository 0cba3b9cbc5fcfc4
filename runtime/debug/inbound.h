/* What clients have sent, until the isolate's holder takes it. */
#ifndef RUNTIME_DEBUG_INBOUND_H
#define RUNTIME_DEBUG_INBOUND_H

#include "core/runtime_state.h"

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
    bool pauses;            /* it is Debugger.pause */
    bool for_host;          /* the host may answer it */
    bool undisturbed;       /* no other message is handled while V8 handles it */
    bool urgent;            /* it controls JavaScript that runs: it overtakes what does not end */
    bool dropped;           /* its client has left, or the runtime closes: V8 does not get it */
    bool terminates;        /* V8 is going to stop what runs, and gets no other message before */
    size_t length;
    char text[];
};

/* `text` is copied. The session is retained. NULL: out of memory. */
inbound *inbound_new(jsrun_session *session, inbound_kind kind, const char *text, size_t length);
void inbound_free(inbound *item);

/* Queues `item` and wakes the thread that has the isolate. `lock` held. */
void inbound_append_locked(jsrun_runtime *runtime, inbound *item);
/* Queues `kind` for the first session, if there is one. `lock` held. False: there is none, or no
 * memory. */
bool session_enqueue_locked(jsrun_runtime *runtime, inbound_kind kind);

#endif
