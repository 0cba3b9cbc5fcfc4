// What streams need of V8.
#ifndef RUNTIME_V8_STREAMS_H
#define RUNTIME_V8_STREAMS_H

#include "v8/local.h"

namespace jsrun {

// What scripts and engine_stream_function() have of streams, of which js/streams/ has not run yet. In a context with its `native`.
void InstallStreams(v8::Isolate *isolate, v8::Local<v8::Context> context);

// See parts.h. False: V8 was stopped.
bool AddStreamNatives(v8::Local<v8::Context> context, v8::Local<v8::Object> native);

// A ReadableStream. No JavaScript runs.
bool IsStream(v8::Local<v8::Value> value);

} // namespace jsrun

#endif
