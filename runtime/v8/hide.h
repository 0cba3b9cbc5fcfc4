// Built-in scripts in a snapshot, as invisible as V8's extensions are.
#ifndef RUNTIME_V8_HIDE_H
#define RUNTIME_V8_HIDE_H

#include <v8.h>

#include <vector>

namespace jsrun {

// Turns these scripts of the isolate into what V8 takes for extensions: no stack trace shows their
// functions, and no debugger steps into them. For the program that makes the startup snapshot, and
// only for that. V8 has no way to do this (it loads no extensions into a snapshot), so it is done
// to V8's memory, at a place that is found by what is there. False: that did not work, and the
// isolate is to be thrown away. Inside a handle scope.
bool HideScripts(v8::Isolate *isolate, const std::vector<v8::Local<v8::UnboundScript>> &scripts,
                 const std::vector<v8::Local<v8::String>> &sources);

} // namespace jsrun

#endif
