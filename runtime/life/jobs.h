/* Jobs. */
#ifndef RUNTIME_LIFE_JOBS_H
#define RUNTIME_LIFE_JOBS_H

#include "jsrun/runtime.h"

/* Runs the job now if that takes no wait for others. Host lock held; released and acquired again. False: it has not run. */
bool runtime_try_run(jsrun_runtime *runtime, jsrun_job job, void *data);

#endif
