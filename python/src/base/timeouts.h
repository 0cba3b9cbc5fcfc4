/* Timeouts, as Python gives them: seconds as int or float, or a timedelta. */
#ifndef JSRUN_PYTHON_TIMEOUTS_H
#define JSRUN_PYTHON_TIMEOUTS_H

#include "base/runtime_object.h"

/* *seconds of `timeout`; of the runtime's configuration if that is NULL or None, with 0 for no limit. False with
 * an exception set: it is not a timeout. */
bool timeouts_read(const runtime_object *runtime, PyObject *timeout, double *seconds);

/* Raises RuntimeTimeout: JavaScript has run for so long, or a promise has been waited for. */
void timeouts_raise(module_state *state, double seconds);
void timeouts_raise_pending(module_state *state, double seconds);

#endif
