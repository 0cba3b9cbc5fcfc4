/* The runtime thread: its state, and its start. life/loop.c has what it does. */
#ifndef RUNTIME_CORE_THREAD_H
#define RUNTIME_CORE_THREAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/threads.h"
#include "jsrun/patience.h"
#include "jsrun/runtime.h"

/* What the runtime thread writes, and any thread reads. */
typedef struct runtime_thread {
    thread_body body;                   /* never changes */
    _Atomic(const void *) identity;     /* as thread_self() */
    _Atomic(double) background_seconds; /* see runtime_start_background() */
    _Atomic(double) background_since;   /* 0: no such JavaScript runs */
    jsrun_patience patience;            /* for the next job; only the runtime thread uses it */
} runtime_thread;

/* The tasks that V8 posts: see runtime_tasks_posted(). Any thread may use it. */
typedef struct runtime_tasks {
    atomic_bool posted;
    atomic_uint in_v8; /* calls of V8 that the holder of `lock` is in */
} runtime_tasks;

/* Under `lock`. */
typedef struct thread_state {
    pthread_t id;
    bool started;
    bool idle; /* the thread has nothing to do, and V8 has nothing under way */
} thread_state;

/* Starts the runtime thread if there is none. `lock` held. False: no thread can be made. */
bool runtime_thread_start_locked(jsrun_runtime *runtime);
/* The same without `lock`. */
bool runtime_thread_ensure(jsrun_runtime *runtime);
bool runtime_thread_is_this(jsrun_runtime *runtime);

/* Around JavaScript that runs without a job. On the runtime thread, with the isolate. */
void runtime_start_background(jsrun_runtime *runtime);
void runtime_finish_background(jsrun_runtime *runtime);

#endif
