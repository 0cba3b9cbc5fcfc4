/* The result of an operation of the runtime library. */
#ifndef JSRUN_STATUS_H
#define JSRUN_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum jsrun_status {
    JSRUN_OK = 0,
    /* JavaScript threw; jsrun_entry_exception() tells what. The runtime stays usable. */
    JSRUN_EXCEPTION,
    /* The host's check_signals() asked to stop, or a host function asked for it with
     * jsrun_entry_interrupt(). The host knows why. The runtime stays usable. */
    JSRUN_INTERRUPTED,
    /* A debugger stopped the execution (Runtime.terminateExecution). The runtime stays usable. */
    JSRUN_STOPPED,
    /* The job's deadline passed. The runtime stays usable. */
    JSRUN_TIMED_OUT,
    /* Nothing is left that could settle the promise that was waited for. The runtime stays
     * usable. */
    JSRUN_STUCK,
    /* jsrun_runtime_terminate() was called: nothing will run in this runtime. */
    JSRUN_TERMINATED,
    /* JavaScript reached the heap limit: nothing will run in this runtime. */
    JSRUN_HEAP_LIMIT,
    /* The runtime is closed, or was closed while the operation waited or ran. */
    JSRUN_CLOSED,
    /* This process was forked from the one that made the runtime; V8 does not survive that. */
    JSRUN_FORKED,
    /* The system refused a thread or memory, or V8 refused a value of that size. */
    JSRUN_NO_MEMORY,
    /* The process may not use as many addresses as V8 reserves (RLIMIT_AS). */
    JSRUN_NO_ADDRESSES,
} jsrun_status;

/* A sentence for people, without a full stop. Static storage. Any thread. */
const char *jsrun_status_text(jsrun_status status);

#ifdef __cplusplus
}
#endif

#endif
