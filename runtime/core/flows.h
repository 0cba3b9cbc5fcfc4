/* Flows: the number that tells on whose behalf JavaScript runs, and the flows that nobody waits for
 * any more. */
#ifndef RUNTIME_CORE_FLOWS_H
#define RUNTIME_CORE_FLOWS_H

#include <stddef.h>
#include <stdint.h>

#include "jsrun/runtime.h"

/* The numbers that jsrun_flow_abandon() was given. The newest overwrites the oldest. */
typedef struct flow_list {
    uint32_t *numbers;
    size_t count; /* how many there have been */
} flow_list;

/* In an interrupt of JavaScript that has run for some time: stops it if its flow is abandoned. */
void runtime_stop_abandoned(jsrun_entry *entry);
void flows_free(jsrun_runtime *runtime);

#endif
