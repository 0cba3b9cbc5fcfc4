#ifndef JSRUN_PYTHON_HANDLE_H
#define JSRUN_PYTHON_HANDLE_H

#include "jsrun/value.h"

static inline bool handle_is_set(jsrun_handle handle) { return handle.slot || handle.generation; }

#endif
