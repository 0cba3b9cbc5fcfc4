/* The built-in functions that C answers: timers and queueMicrotask(). */
#include "core/runtime_state.h"
#include "services/timers.h"
#include "v8/embedder.h"
#include "v8/engine_values.h"

const char *runtime_builtin_name(int builtin) {
    static const char *const names[BUILTIN_COUNT] = {
        [BUILTIN_SET_TIMEOUT] = "setTimeout",         [BUILTIN_SET_INTERVAL] = "setInterval",
        [BUILTIN_CLEAR_TIMEOUT] = "clearTimeout",     [BUILTIN_CLEAR_INTERVAL] = "clearInterval",
        [BUILTIN_QUEUE_MICROTASK] = "queueMicrotask",
    };
    return names[builtin];
}

static bool queue_microtask(jsrun_entry *entry, jsrun_call_info *info) {
    if (info->argument_count && jsrun_is_function(info->arguments[0])) {
        engine_queue_microtask(entry, info->arguments[0]);
    } else {
        info->is_exception = true;
        info->result = engine_type_error(entry, "The first argument must be a function");
    }
    return true;
}

bool runtime_builtin_call(jsrun_runtime *runtime, jsrun_call_info *info) {
    jsrun_entry *entry = atomic_load_explicit(&runtime->inside.current, memory_order_relaxed);
    switch ((engine_builtin)info->function) {
    case BUILTIN_SET_TIMEOUT:
        return timers_set(entry, info, false);
    case BUILTIN_SET_INTERVAL:
        return timers_set(entry, info, true);
    case BUILTIN_CLEAR_TIMEOUT:
    case BUILTIN_CLEAR_INTERVAL: /* they share the ids */
        return timers_clear(entry, info);
    case BUILTIN_QUEUE_MICROTASK:
        return queue_microtask(entry, info);
    case BUILTIN_COUNT:
        break;
    }
    return true;
}
