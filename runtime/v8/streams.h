// What streams need of V8.
#ifndef RUNTIME_V8_STREAMS_H
#define RUNTIME_V8_STREAMS_H

#include "v8/local.h"

namespace jsrun {

// Puts into `native` what js/streams/ asks for. That leaves there in turn what engine_stream_function() finds.
void AddStreamNatives(v8::Local<v8::Context> context, v8::Local<v8::Object> native);

// A ReadableStream. No JavaScript runs.
bool IsStream(v8::Local<v8::Value> value);

} // namespace jsrun

#endif
