// The globals that parts bring along.
#ifndef RUNTIME_V8_GLOBALS_H
#define RUNTIME_V8_GLOBALS_H

#include "v8/parts.h"

namespace jsrun {

// Defines the part's globals. To scripts they look like any others; the part runs when one of them
// is first read.
void DefineGlobals(v8::Local<v8::Context> context, const Part &part);

// Makes ordinary properties of them, so that debuggers find nothing else, and may look at all of
// them without side effects. Does nothing if it has done that before. Inside of an InspectorScope.
void CompleteGlobals(engine *engine);

// The names of the globals of all parts: an array of strings.
v8::Local<v8::Array> ListPartGlobals(v8::Isolate *isolate);

} // namespace jsrun

#endif
