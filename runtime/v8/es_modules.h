// ES modules: what an isolate needs for them.
#ifndef RUNTIME_V8_ES_MODULES_H
#define RUNTIME_V8_ES_MODULES_H

#include "v8/local.h"

namespace jsrun {

// Has V8 ask the runtime for what import() and import.meta need.
void EnableModules(v8::Isolate *isolate);

// What engine_module_blame() noted.
void DescribeModuleError(v8::Isolate *isolate, v8::Local<v8::Context> context,
                         v8::Local<v8::Object> error, jsrun_exception *exception);

} // namespace jsrun

#endif
