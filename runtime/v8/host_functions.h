// Functions that the host answers.
#ifndef RUNTIME_V8_HOST_FUNCTIONS_H
#define RUNTIME_V8_HOST_FUNCTIONS_H

#include "v8/engine.h"

namespace jsrun {

// The context is about to go: from now on the host is not told of functions that are dropped.
void ForgetHostFunctions(engine *engine);

} // namespace jsrun

#endif
