/* Making a snapshot of a runtime. */
#include <stdio.h>

#include "core/host_lock.h"
#include "core/runtime_state.h"
#include "services/services.h"
#include "snapshots/snapshot_format.h"
#include "v8/engine_process.h"
#include "v8/engine_run.h"

typedef struct snapshot_job {
    char *obstacle;
    size_t obstacle_size;
    bool ready;
} snapshot_job;

/* Whether a snapshot can hold everything in the runtime. V8 ends the process if it cannot. */
static bool is_ready(jsrun_entry *entry, snapshot_job *job) {
    jsrun_runtime *runtime = entry->runtime;
    size_t timers = runtime->services->timers.count;
    if (timers) {
        snprintf(job->obstacle, job->obstacle_size, "%zu timer%s pending", timers,
                 timers == 1 ? " is" : "s are");
        return false;
    }
    return !engine_snapshot_obstacle(entry, job->obstacle, job->obstacle_size);
}

static void prepare(jsrun_entry *entry, void *data) {
    snapshot_job *job = data;
    jsrun_report_uncaught(entry);
    host_lock before = entry_offer_host(entry);
    if (engine_run_microtasks(entry) != ENGINE_OK)
        snprintf(job->obstacle, job->obstacle_size, "JavaScript was stopped");
    else
        job->ready = is_ready(entry, job);
    entry->runtime->holder.wants_snapshot = job->ready;
    entry_restore_host(entry, before);
}

jsrun_status jsrun_runtime_snapshot(jsrun_runtime *runtime, void **snapshot, size_t *size,
                                    char *obstacle, size_t obstacle_size) {
    snapshot_job job = {.obstacle = obstacle, .obstacle_size = obstacle_size};
    *snapshot = NULL;
    jsrun_status status = jsrun_run(runtime, prepare, &job);
    if (status != JSRUN_OK || !job.ready) return status;
    jsrun_runtime_close(runtime);
    if (!runtime->holder.blob.data) return JSRUN_NO_MEMORY;
    bool made = snapshot_finish(runtime->holder.blob, snapshot, size);
    runtime->holder.blob = (engine_blob){0};
    return made ? JSRUN_OK : JSRUN_NO_MEMORY;
}
