/* Jobs. */
#ifndef RUNTIME_LIFE_JOBS_H
#define RUNTIME_LIFE_JOBS_H

#include "jsrun/runtime.h"

/* Runs the job now, unless the thread would have to wait. Host lock held; may be released
 * meanwhile. False: the job was not run. */
bool runtime_try_run(jsrun_runtime *runtime, jsrun_job job, void *data);

#endif
