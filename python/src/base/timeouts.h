/* Timeouts as Python gives them: seconds as an int or a float, or a timedelta. */
#ifndef JSRUN_PYTHON_TIMEOUTS_H
#define JSRUN_PYTHON_TIMEOUTS_H

#include "base/runtime_object.h"

/* Sets *seconds to `timeout`, or, if that is NULL or None, to the runtime's own; 0 means no limit.
 * False with an exception set: `timeout` is no timeout. */
bool timeouts_read(const runtime_object *runtime, PyObject *timeout, double *seconds);

/* What a call was doing when its time was over. */
typedef enum timeout_state {
    TIMEOUT_RUNNING, /* its JavaScript ran */
    TIMEOUT_PENDING, /* it waited for a promise */
    TIMEOUT_WAITING, /* it had not started, because the runtime was busy */
} timeout_state;

/* Raises RuntimeTimeout: that took this many seconds. */
void timeouts_raise(module_state *state, double seconds, timeout_state at);

#endif
