/* Whose JavaScript it is: the numbers that follow it, and those that nobody waits for any more. */
#ifndef RUNTIME_CORE_FLOWS_H
#define RUNTIME_CORE_FLOWS_H

#include <stddef.h>
#include <stdint.h>

#include "jsrun/runtime.h"

/* Numbers that jsrun_flow_abandon() was given, the oldest overwritten by the newest. */
typedef struct flow_list {
    uint32_t *numbers;
    size_t count; /* so far */
} flow_list;

/* In an interrupt of JavaScript that has run for some time: stops it if nobody waits for it any more. */
void runtime_stop_abandoned(jsrun_entry *entry);
void flows_free(jsrun_runtime *runtime);

#endif
