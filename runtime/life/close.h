/* The end of a runtime. */
#ifndef RUNTIME_LIFE_CLOSE_H
#define RUNTIME_LIFE_CLOSE_H

#include "jsrun/runtime.h"

/* Finishes a close that was started inside a job of this thread. Does nothing if there is none.
 * Without the isolate and the host lock. */
void runtime_finish_deferred_close(jsrun_runtime *runtime, void **token);
/* The same on the runtime thread, before it detaches from the host. True: it has closed the
 * runtime; as its last act it makes that known by the second function. */
bool runtime_close_on_thread(jsrun_runtime *runtime, void **token);
void runtime_closed_on_thread(jsrun_runtime *runtime);

#endif
