// The console: V8's own, which tells debuggers, and js/console/, which prints.
#ifndef RUNTIME_V8_CONSOLE_H
#define RUNTIME_V8_CONSOLE_H

#include "v8/parts.h"

namespace jsrun {

extern const Part kConsolePart;

// Puts functions of ours in the place of the methods of V8's console. In a context with its
// `native`.
void InstallConsole(v8::Isolate *isolate, v8::Local<v8::Context> context);

} // namespace jsrun

#endif
