/* Calls of a runtime by greenlets. */
#ifndef JSRUN_PYTHON_GREENLET_TURNS_H
#define JSRUN_PYTHON_GREENLET_TURNS_H

#include "calls/call.h"

/* Runs `call` by `run`, on the runtime's own thread. If another greenlet of this thread is inside
 * of the runtime, gevent's other greenlets go on until it has left; without gevent the call is made
 * at once, and its JavaScript may call no Python function. */
PyObject *greenlet_turns_run(js_call *call, PyObject *(*run)(js_call *call));

#endif
