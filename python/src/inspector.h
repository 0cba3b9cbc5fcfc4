/* A runtime's inspector: what a debugger can attach to. */
#ifndef JSRUN_PYTHON_INSPECTOR_H
#define JSRUN_PYTHON_INSPECTOR_H

#include "runtime.h"

/* Offers the runtime to debuggers; fills in runtime->target and ->endpoints. `options` comes from
 * jsrun._config. -1 with an exception set. */
int inspector_open(runtime_object *runtime, const jsrun_target_options *options);

/* Frees the target, which is closed when its runtime closes. The last use of it; releases the GIL. */
void inspector_free(runtime_object *runtime);

#endif
