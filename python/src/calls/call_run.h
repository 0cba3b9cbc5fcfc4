/* Calls that a Python thread waits for. */
#ifndef JSRUN_PYTHON_CALL_RUN_H
#define JSRUN_PYTHON_CALL_RUN_H

#include "calls/call.h"

/* Runs call->body as a job, and returns or raises what it returns or raises. `call` is zeroed,
 * except for runtime, body, kind, timeout, and what follows it in a larger struct. */
PyObject *call_run(js_call *call);

/* For check_signals(): keeps the exception that is set, for the call that waits on this thread. */
void call_keep_signal(void);
/* Raises that exception, for a wait that is no call. */
void call_raise_signal(void);

#endif
