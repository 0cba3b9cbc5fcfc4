/* Timeouts, as Python gives them: seconds as int or float, or a timedelta. */
#ifndef JSRUN_PYTHON_TIMEOUTS_H
#define JSRUN_PYTHON_TIMEOUTS_H

#include "base/runtime_object.h"

/* *seconds of `timeout`; of the runtime's configuration if that is NULL or None, with 0 for no limit. False with
 * an exception set: it is not a timeout. */
bool timeouts_read(const runtime_object *runtime, PyObject *timeout, double *seconds);

/* What a call was at when its time was over. */
typedef enum timeout_state {
    TIMEOUT_RUNNING, /* its JavaScript ran */
    TIMEOUT_PENDING, /* it waited for a promise */
    TIMEOUT_WAITING, /* it had not started, since the runtime was busy */
} timeout_state;

/* Raises RuntimeTimeout: that took this many seconds. */
void timeouts_raise(module_state *state, double seconds, timeout_state at);

#endif
