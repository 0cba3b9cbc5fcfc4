// Built-in JavaScript and its native helpers.
//
// Built-in scripts are V8 extensions: V8 runs them before every script of a new context, and neither shows them to
// debuggers nor in stack traces, nor steps into them. A runtime that does not ask for them does not have them.
#ifndef RUNTIME_V8_BUILTINS_H
#define RUNTIME_V8_BUILTINS_H

#include "v8/local.h"

namespace jsrun {

// Once for the process, before the first isolate.
void RegisterBuiltins();

// A context with the built-in scripts that `options` asks for, set up; inside an isolate and a handle scope.
v8::Local<v8::Context> NewContext(v8::Isolate *isolate, const jsrun_runtime_options *options);

// What built-in scripts have left for C++.
v8::Local<v8::Object> NativeOf(v8::Local<v8::Context> context);

} // namespace jsrun

#endif
