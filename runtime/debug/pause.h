/* How long JavaScript has been paused. `lock` held. */
#ifndef RUNTIME_DEBUG_PAUSE_H
#define RUNTIME_DEBUG_PAUSE_H

#include "jsrun/runtime.h"

/* A pause or a wait for a debugger starts, and is over. Several may overlap. */
void runtime_start_paused_time_locked(jsrun_runtime *runtime);
void runtime_finish_paused_time_locked(jsrun_runtime *runtime);

#endif
