/* Jobs that wait for, or run on, the runtime thread. */
#ifndef RUNTIME_CORE_CALLS_H
#define RUNTIME_CORE_CALLS_H

#include <stdbool.h>

#include "core/turns.h"
#include "jsrun/runtime.h"

/* A host function that a waiting caller is to perform. */
typedef struct host_request {
    void *prepared;
    bool done;
} host_request;

typedef struct call call;

struct call {
    call *next;
    call *outer; /* of a running job: the job that it is nested in */
    jsrun_job job;
    jsrun_job_cancelled cancelled;
    void *data;
    const void *thread; /* of the caller, which waits; NULL: a posted job, which is on the heap */
    uint32_t flow;      /* the number that its JavaScript has, or 0 */
    bool without_host;  /* it is called with the isolate alone */
    enum { CALL_QUEUED, CALL_RUNNING, CALL_DONE } state;
    jsrun_status status;
    waiter waiter;         /* while it is queued */
    host_request *request; /* a host function that the waiting caller is to perform */
};

/* The first job to arrive is the first to run. */
typedef struct call_queue {
    call *first;
    call *last;
    call *nested;  /* a host function that the runtime thread waits for has started it */
    call *running; /* the innermost job on the runtime thread */
} call_queue;

/* --- the queue: `lock` held ------------------------------------------------------------------ */

void calls_append_locked(jsrun_runtime *runtime, call *item, const jsrun_limit *limit);
void calls_remove_locked(jsrun_runtime *runtime, call *item);
/* Whether the runtime thread may take a job. */
bool calls_are_due_locked(jsrun_runtime *runtime);
/* The next job, which is CALL_RUNNING from here on; NULL: none. */
call *calls_take_locked(jsrun_runtime *runtime);
/* The job was performed. It is freed if it was posted. Otherwise its caller may free it as soon as
 * `lock` is released. */
void call_finish_locked(jsrun_runtime *runtime, call *item);
/* Whether this thread performs a host function for the job that the runtime thread runs. */
bool runtime_performs_here_locked(jsrun_runtime *runtime);

/* --- without `lock` -------------------------------------------------------------------------- */

bool runtime_performs_here(jsrun_runtime *runtime);
/* Runs a job that calls_take_locked() has returned. On the runtime thread, with the isolate and
 * without the host lock. */
void call_perform(jsrun_runtime *runtime, call *item, void **token);
/* The same for a job that was in no queue, and everything that comes before and after. */
void runtime_run_call(jsrun_runtime *runtime, call *item, void **token);
/* Lets callers borrow the isolate again if the queue is empty. They may not before its last job has
 * run. */
void calls_note_empty(jsrun_runtime *runtime);
/* Takes every job off the queue; the jobs end with `why`. Without the host lock: the function
 * acquires it, by *token, for jobs that were posted. */
void runtime_cancel_calls(jsrun_runtime *runtime, jsrun_status why, void **token);

#endif
