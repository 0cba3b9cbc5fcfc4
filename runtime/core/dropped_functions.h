/* Host functions that JavaScript has dropped, until the host is told. */
#ifndef RUNTIME_CORE_DROPPED_FUNCTIONS_H
#define RUNTIME_CORE_DROPPED_FUNCTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "jsrun/compiler.h"
#include "jsrun/runtime.h"

/* The isolate's holder's. */
typedef struct dropped_functions {
    uint32_t *numbers;
    size_t count;
    size_t capacity;
} dropped_functions;

/* Tells the host. With the isolate, at the end of a job. The host may run jobs. */
JSRUN_COLD void dropped_functions_tell(jsrun_entry *entry);

/* With the isolate. */
void dropped_functions_free(dropped_functions *dropped);

#endif
