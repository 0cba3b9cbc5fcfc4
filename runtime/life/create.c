/* Making a runtime. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "core/process.h"
#include "core/runtime_state.h"
#include "life/default_host.h"
#include "life/loop.h"
#include "life/watchdog.h"
#include "services/services.h"

/* One piece of memory: runtime_destroy() frees it as the runtime. */
typedef struct whole {
    jsrun_runtime runtime;
    struct services services;
} whole;

static bool init(jsrun_runtime *runtime, const jsrun_runtime_options *options) {
    runtime->host = host_with_defaults(options->host);
    runtime->generation = process_generation();
    runtime->thread.body = runtime_loop;
    runtime->for_snapshot = options->for_snapshot;
    atomic_init(&runtime->asked.break_on_start, options->break_on_start);
    runtime->services->modules.enabled = options->modules;
    runtime->services->modules.resolve_function = options->resolve_function;
    runtime->services->modules.load_function = options->load_function;
    atomic_init(&runtime->references, 1);
    atomic_init(&runtime->inside.deadline, INFINITY);
    atomic_init(&runtime->asked.turn_over, INFINITY);
    runtime->turn_seconds = options->turn_seconds;
    if (options->wait_for_debugger || options->break_on_start) {
        atomic_init(&runtime->holds, HOLD_WAITING);
        runtime->locked.paused.since = thread_now(); /* no limit of time counts this wait */
    }
    runtime->name = strdup(options->name ? options->name : "jsrun");
    if (!runtime->name) return false;
    if (pthread_mutex_init(&runtime->lock, NULL) != 0) goto no_lock;
    if (!thread_condition_init(&runtime->changed)) goto no_condition;
    if (!isolate_lock_init(&runtime->isolate)) goto no_isolate_lock;
    if (handle_table_init(&runtime->handles)) return true;

    isolate_lock_destroy(&runtime->isolate);
no_isolate_lock:
    pthread_cond_destroy(&runtime->changed);
no_condition:
    pthread_mutex_destroy(&runtime->lock);
no_lock:
    free(runtime->name);
    return false;
}

jsrun_status jsrun_runtime_new(const jsrun_runtime_options *options, jsrun_runtime **result) {
    jsrun_status status = process_start(watchdog);
    if (status != JSRUN_OK) return status;
    whole *whole = calloc(1, sizeof *whole);
    if (!whole) return JSRUN_NO_MEMORY;
    jsrun_runtime *runtime = &whole->runtime;
    runtime->services = &whole->services;
    if (!init(runtime, options)) {
        free(runtime);
        return JSRUN_NO_MEMORY;
    }
    /* To make the isolate takes a while: other threads may use the host meanwhile. */
    void *token = runtime->host.release(runtime->host.data);
    runtime->engine = engine_new(runtime, options, runtime->name, &runtime->locked.heap);
    runtime->host.acquire(runtime->host.data, token);
    if (!runtime->engine) {
        status =
            runtime->locked.end_status == JSRUN_OK ? JSRUN_NO_MEMORY : runtime->locked.end_status;
        runtime_destroy(runtime);
        return status;
    }
    process_add(runtime);
    *result = runtime;
    return JSRUN_OK;
}
