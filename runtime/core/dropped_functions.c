#include "core/dropped_functions.h"

#include <stdlib.h>

#include "core/host_lock.h"
#include "core/runtime_state.h"
#include "v8/embedder.h"

void runtime_function_dropped(jsrun_runtime *runtime, uint32_t number) {
    dropped_functions *dropped = &runtime->holder.dropped;
    if (!runtime->host.function_dropped) return;
    if (dropped->count == dropped->capacity) {
        size_t capacity = dropped->capacity ? dropped->capacity * 2 : 64;
        uint32_t *numbers = realloc(dropped->numbers, capacity * sizeof *numbers);
        if (!numbers) return; /* the host keeps this one until the runtime is closed */
        dropped->numbers = numbers;
        dropped->capacity = capacity;
    }
    dropped->numbers[dropped->count++] = number;
}

void dropped_functions_tell(jsrun_entry *entry) {
    dropped_functions *dropped = &entry->runtime->holder.dropped;
    const jsrun_host *host = &entry->runtime->host;
    host_lock before = entry_acquire_host(entry);
    /* The host may run jobs, at whose ends others are told of and more may be dropped. */
    while (dropped->count) host->function_dropped(host->data, dropped->numbers[--dropped->count]);
    entry_restore_host(entry, before);
}

void dropped_functions_free(dropped_functions *dropped) {
    free(dropped->numbers);
    *dropped = (dropped_functions){0};
}
