// structuredClone().
#ifndef RUNTIME_V8_CLONE_H
#define RUNTIME_V8_CLONE_H

#include <v8.h>

namespace jsrun {

void InstallStructuredClone(v8::Isolate *isolate, v8::Local<v8::Context> context);

} // namespace jsrun

#endif
