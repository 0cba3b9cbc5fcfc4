// What the globals of js/web need of V8, of the system and of the URL library.
#ifndef RUNTIME_V8_WEB_H
#define RUNTIME_V8_WEB_H

#include "v8/local.h"

namespace jsrun {

void AddWebNatives(v8::Local<v8::Context> context, v8::Local<v8::Object> native);

// Makes them globals of the context. Inside of the isolate.
void InstallWebGlobals(v8::Isolate *isolate, v8::Local<v8::Context> context);

} // namespace jsrun

#endif
