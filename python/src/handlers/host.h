/* The interpreter as the host of the runtime library: its host lock is the GIL. */
#ifndef JSRUN_PYTHON_HOST_H
#define JSRUN_PYTHON_HOST_H

#include "base/runtime_object.h"

/* `runtime` is the data of all functions, and has to outlive the close. */
jsrun_host host_of(runtime_object *runtime);

#endif
