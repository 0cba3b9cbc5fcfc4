// Built-in JavaScript and its native helpers.
//
// Built-in scripts are V8 extensions: V8 runs them before every script of a new context, and neither shows them to
// debuggers nor in stack traces, nor steps into them. A script NAME.js is ASCII, and leaves a function in
// globalThis.__jsrun_NAME; that function is then taken from there. Most of them are parts, which are called when
// they are first needed: parts.h. The others are called with `native`: an object that no script of a user's can reach, where they
// leave what the parts and C++ need, which finds it with NativeOf(). All this usually happens when the startup snapshot
// is made, so it must not depend on a runtime.
#ifndef RUNTIME_V8_BUILTINS_H
#define RUNTIME_V8_BUILTINS_H

#include <vector>

#include "v8/local.h"

namespace jsrun {

// Once for the process, before the first isolate.
void RegisterBuiltins();

// The built-in scripts in an isolate that is to become a snapshot, where V8 loads no extensions. Inside of the
// isolate and of one handle scope.
class Builtins {
  public:
    // `on_startup`: the isolate started from the startup snapshot, which has a context without them for this.
    Builtins(v8::Isolate *isolate, bool on_startup);
    // One without them.
    v8::Local<v8::Context> NewContext() const;
    // See hide.h.
    bool Hide();
    void Run(v8::Local<v8::Context> context);

  private:
    v8::Isolate *isolate_;
    bool on_startup_;
    std::vector<v8::Local<v8::UnboundScript>> scripts_;
    std::vector<v8::Local<v8::String>> sources_;
};

// A new context with the built-in scripts run and installed; inside an isolate and a handle scope. `builtins` is for an
// isolate that is to become a snapshot. NewContext() in start.h takes a context from a snapshot instead if it can.
v8::Local<v8::Context> MakeContext(v8::Isolate *isolate, Builtins *builtins = nullptr);

// Calls a function: see js/primordials.js.
void LookForInterrupts(v8::Local<v8::Context> context);

// What V8 counts as external memory of every isolate, though they share it: the texts of built-in scripts.
size_t BuiltinBytes();

// An object without properties, and without a prototype, so that what it has not is not looked up where scripts could put it.
v8::Local<v8::Object> NewNative(v8::Isolate *isolate);

// The context's `native`.
v8::Local<v8::Object> NativeOf(v8::Local<v8::Context> context);

// The language's own, of the context.
v8::Local<v8::Function> ObjectKeysOf(v8::Local<v8::Context> context);
v8::Local<v8::Function> ObjectValuesOf(v8::Local<v8::Context> context);

} // namespace jsrun

#endif
