// What streams need of V8.
#ifndef RUNTIME_V8_STREAMS_H
#define RUNTIME_V8_STREAMS_H

#include "v8/parts.h"

namespace jsrun {

extern const Part kStreamsPart;

// What engine_stream_function() finds, while js/streams/ has not run yet. In a context with its
// `native`.
void InstallStreams(v8::Local<v8::Context> context);

// A ReadableStream. No JavaScript runs.
bool IsStream(v8::Local<v8::Value> value);

} // namespace jsrun

#endif
