/* The size of the heap. */
#ifndef RUNTIME_CORE_HEAP_SAMPLE_H
#define RUNTIME_CORE_HEAP_SAMPLE_H

#include "jsrun/runtime.h"

/* Measures the heap, for jsrun_runtime_heap(). With the isolate. */
void runtime_sample_heap(jsrun_runtime *runtime);

#endif
