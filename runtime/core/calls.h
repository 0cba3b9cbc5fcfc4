/* Jobs that wait for, or run on, the runtime thread. */
#ifndef RUNTIME_CORE_CALLS_H
#define RUNTIME_CORE_CALLS_H

#include <stdbool.h>

#include "jsrun/runtime.h"

/* A host function that a waiting caller is to perform. */
typedef struct host_request {
    void *prepared;
    bool done;
} host_request;

typedef struct call call;

struct call {
    call *next;
    call *outer; /* of the running ones: what it is nested in */
    jsrun_job job;
    jsrun_job_cancelled cancelled;
    void *data;
    const void *thread; /* whose caller waits; NULL for a posted job, which is on the heap */
    bool without_host;  /* called with the isolate alone */
    enum { CALL_QUEUED, CALL_RUNNING, CALL_DONE } state;
    jsrun_status status;
    jsrun_limit limit;
    double paused;         /* what `limit` takes into account of runtime_paused_seconds_locked() */
    host_request *request; /* a host function that the waiting caller is to perform */
};

/* First come, first served. */
typedef struct call_queue {
    call *first;
    call *last;
    call *nested;  /* from a host function that the runtime thread waits for */
    call *running; /* innermost on the runtime thread */
} call_queue;

/* --- the queue: `lock` held -------------------------------------------------------------------- */

void calls_append_locked(jsrun_runtime *runtime, call *item);
void calls_remove_locked(jsrun_runtime *runtime, call *item);
/* Whether the runtime thread may take a job. */
bool calls_are_due_locked(jsrun_runtime *runtime);
/* Whether its limit is over. */
bool call_is_late_locked(jsrun_runtime *runtime, call *item);
/* The next job, which is CALL_RUNNING from here on; NULL: none. */
call *calls_take_locked(jsrun_runtime *runtime);
/* A job was performed. Its caller may be gone as soon as the lock is released; one that was posted is freed. */
void call_finish_locked(jsrun_runtime *runtime, call *item);
/* Whether this thread performs a host function for the job that the runtime thread runs. */
bool runtime_performs_here_locked(jsrun_runtime *runtime);

/* --- without `lock` ---------------------------------------------------------------------------- */

bool runtime_performs_here(jsrun_runtime *runtime);
/* Runs a job that calls_take_locked() gave. On the runtime thread, which has the isolate and not the host lock. */
void call_perform(jsrun_runtime *runtime, call *item, void **token);
/* The same for one that was in no queue, from start to finish. */
void runtime_run_call(jsrun_runtime *runtime, call *item, void **token);
/* The queue holds callers back until its last job has been run, not only taken: this lets them in. */
void calls_note_empty(jsrun_runtime *runtime);
/* Takes every queued job off the queue; they end with `why`. Without the host lock, which it takes, by *token, for those
 * that were posted. */
void runtime_cancel_calls(jsrun_runtime *runtime, jsrun_status why, void **token);

#endif
