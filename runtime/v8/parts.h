// The parts of the built-in JavaScript that few runtimes need: they run when something of theirs is first needed.
//
// Until then a part is one function, that of its script (js_source.part), which V8 has not compiled yet: it takes no room in
// the startup snapshot and no time at a runtime's start. The function is called with an object of the part's native
// functions and with what primordials.js has kept, since scripts may have changed all else by then; and it returns an
// object of what scripts and C++ have of the part. It runs no code of a script's.
#ifndef RUNTIME_V8_PARTS_H
#define RUNTIME_V8_PARTS_H

#include "v8/local.h"

namespace jsrun {

enum class Part { kConsole, kStreams, kWasm, kWeb };

// What the part's function has returned, the same each time. Empty: V8 holds an exception (the stack is full) or was
// stopped; then nothing has changed, and the part runs the next time. Inside a handle scope.
v8::MaybeLocal<v8::Object> PartOf(v8::Local<v8::Context> context, Part part);

// Calls a function of the part's with the arguments of `info`, and returns what that returns.
void CallPart(const v8::FunctionCallbackInfo<v8::Value> &info, Part part, const char *name);

// Defines the part's globals. To scripts they look like any others; the part runs when one of them is first read.
void DefineGlobals(v8::Local<v8::Context> context, Part part);

// Makes ordinary properties of them, so that debuggers find nothing else, and may look at all of them without side effects. Does
// nothing if it has done that before. Inside of an InspectorScope.
void CompleteGlobals(engine *engine);

// The names of the globals of all parts: an array of strings.
v8::Local<v8::Array> ListPartGlobals(v8::Isolate *isolate);

} // namespace jsrun

#endif
