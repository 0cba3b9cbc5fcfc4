/* An entry: a thread's stay in an isolate, for one job. It lives on the thread's stack. */
#ifndef RUNTIME_V8_ENTRY_H
#define RUNTIME_V8_ENTRY_H

#include "jsrun/execute.h"

#ifdef __cplusplus
extern "C" {
#endif

struct engine;

/* How an entry gets into its isolate. */
typedef enum engine_way {
    ENGINE_NESTS,  /* it is inside of another entry of its thread */
    ENGINE_STAYS,  /* the thread is in there, and stays when the entry ends: engine_move_in() */
    ENGINE_VISITS, /* in and out again; no other thread has ever used the isolate */
    ENGINE_LOCKS,  /* in and out again, with a v8::Locker */
    ENGINE_KEEPS,  /* the same, with one that the thread keeps for its next entry: engine_locker */
} engine_way;

/* A v8::Locker that a thread keeps between its entries into an isolate. Meanwhile a v8::Unlocker
 * lets other threads in. V8 knows the thread by them, but does not have it in the isolate. */
typedef struct engine_locker {
    bool kept;
    void *locker[4];
    void *unlocker[2];
} engine_locker;

/* Who has the host lock. */
typedef enum host_lock {
    HOST_RELEASED,
    HOST_HELD, /* for the host's code */
    /* While JavaScript runs, since no other thread can want it: to be given up at any time. */
    HOST_KEPT,
} host_lock;

enum { JSRUN_ENTRY_INTEGERS = 8 };

struct jsrun_entry {
    jsrun_runtime *runtime;
    struct engine *engine;
    engine_way way;
    engine_locker *locker;  /* the thread's, if it keeps one */
    const void *thread;     /* that it is on, as thread_self() */
    bool came_from_another; /* a nested entry, while V8 was in another isolate on this thread */
    /* The entry that this one is nested in (JavaScript → host function → JavaScript), or NULL. */
    jsrun_entry *outer;
    void *isolate;       /* v8::Isolate * */
    jsrun_value context; /* v8::Local<v8::Context> */

    host_lock host;
    void *host_token;

    /* When its JavaScript is stopped, by thread_now(); INFINITY: never. The nearest of its own and
     * of those of the entries that it is nested in; `timeout` is how many seconds that one was set
     * for. */
    double deadline;
    double timeout;

    /* See flows.h. Of an outermost entry. */
    uint32_t flow;  /* the number that it has got, or 0 */
    bool flow_kept; /* it is not over when the entry is */
    bool stopped;   /* its JavaScript was */

    /* What was thrown last, as V8 keeps it, and as the host reads it. */
    jsrun_value thrown;
    jsrun_value thrown_message; /* v8::Local<v8::Message>, or NULL */
    jsrun_exception exception;
    jsrun_frame *frames;

    /* The first small integers that it gives to V8. */
    uintptr_t integers[JSRUN_ENTRY_INTEGERS];
    unsigned integer_count;

    /* v8::Locker, v8::HandleScope: they live as long as the entry. */
    void *locker_storage[4];
    void *scope_storage[4];
};

#ifdef __cplusplus
}
#endif

#endif
