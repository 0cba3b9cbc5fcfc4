// What the globals of js/web need of V8, of the system and of the URL library.
#ifndef RUNTIME_V8_WEB_H
#define RUNTIME_V8_WEB_H

#include "v8/local.h"

namespace jsrun {

// See parts.h. False: V8 was stopped.
bool AddWebNatives(v8::Local<v8::Context> context, v8::Local<v8::Object> native);

} // namespace jsrun

#endif
