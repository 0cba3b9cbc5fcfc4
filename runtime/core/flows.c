#include "core/flows.h"

#include <stdlib.h>

#include "core/runtime_state.h"
#include "core/stop.h"
#include "v8/embedder.h"
#include "v8/engine_promises.h"

/* Only the numbers that were abandoned last are remembered. */
#define MOST_ABANDONED 1024

void jsrun_flow_follow(jsrun_entry *entry) { engine_flow_follow(entry); }

void jsrun_flow_set(jsrun_entry *entry, uint32_t number) { engine_flow_set(entry, number); }

uint32_t jsrun_flow(jsrun_entry *entry) { return engine_flow(entry); }

void jsrun_flow_abandon(jsrun_runtime *runtime, uint32_t number) {
    if (runtime_check_process(runtime) != JSRUN_OK) return;
    flow_list *list = &runtime->locked.abandoned_flows;
    pthread_mutex_lock(&runtime->lock);
    if (!list->numbers) list->numbers = calloc(MOST_ABANDONED, sizeof *list->numbers);
    if (list->numbers) list->numbers[list->count++ % MOST_ABANDONED] = number;
    pthread_mutex_unlock(&runtime->lock);
}

void runtime_stop_abandoned(jsrun_entry *entry) {
    jsrun_runtime *runtime = entry->runtime;
    flow_list *list = &runtime->locked.abandoned_flows;
    pthread_mutex_lock(&runtime->lock);
    size_t count = list->count < MOST_ABANDONED ? list->count : MOST_ABANDONED;
    uint32_t number = count ? engine_flow(entry) : 0;
    for (size_t i = 0; number && i < count; i++) {
        if (list->numbers[i] != number) continue;
        runtime_stop_locked(runtime, STOP_INTERRUPTED);
        break;
    }
    pthread_mutex_unlock(&runtime->lock);
}

void flows_free(jsrun_runtime *runtime) { free(runtime->locked.abandoned_flows.numbers); }
