// Built-in JavaScript.
//
// Built-in scripts are V8 extensions: V8 runs them before every script of a new context. It neither
// shows them to debuggers nor in stack traces, and does not step into them. A script NAME.js is
// ASCII, and leaves a function in globalThis.__jsrun_NAME; that function is then taken from there.
// Most of them are parts, which are called when they are first needed: parts.h. The others are
// called with the context's `native` (native.h), where they leave what the parts and C++ need. All
// this usually happens when the startup snapshot is made, so it must not depend on a runtime.
#ifndef RUNTIME_V8_BUILTINS_H
#define RUNTIME_V8_BUILTINS_H

#include <v8.h>

#include <vector>

namespace jsrun {

// Once for the process, before the first isolate.
void RegisterBuiltins();

// The built-in scripts in an isolate that is to become a snapshot, where V8 loads no extensions.
// Inside of the isolate and of one handle scope.
class Builtins {
  public:
    // `on_startup`: the isolate started from the startup snapshot, which has a context without them
    // for this.
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

// A new context with the built-in scripts run and installed; inside an isolate and a handle scope.
// `builtins` is for an isolate that is to become a snapshot. NewContext() in start.h takes a
// context from a snapshot instead if it can.
v8::Local<v8::Context> MakeContext(v8::Isolate *isolate, Builtins *builtins = nullptr);

// What V8 counts as external memory of every isolate, though they share it: the texts of built-in
// scripts.
size_t BuiltinBytes();

} // namespace jsrun

#endif
