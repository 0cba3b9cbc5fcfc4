// The console: V8's own, which tells debuggers, and js/console.js, which prints.
#ifndef RUNTIME_V8_CONSOLE_H
#define RUNTIME_V8_CONSOLE_H

#include "v8/local.h"

namespace jsrun {

// Puts functions of ours in the place of the methods of V8's console. In a context with its `native`.
void InstallConsole(v8::Isolate *isolate, v8::Local<v8::Context> context);

// See parts.h. False: V8 was stopped.
bool AddConsoleNatives(v8::Local<v8::Context> context, v8::Local<v8::Object> native);

} // namespace jsrun

#endif
