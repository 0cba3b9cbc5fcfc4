// The functions that every context has from the start.
#ifndef RUNTIME_V8_FUNCTIONS_H
#define RUNTIME_V8_FUNCTIONS_H

#include "v8/local.h"

namespace jsrun {

void InstallFunctions(v8::Isolate *isolate, v8::Local<v8::Context> context);

} // namespace jsrun

#endif
