// What streams need of V8.
#ifndef RUNTIME_V8_STREAMS_H
#define RUNTIME_V8_STREAMS_H

#include "v8/local.h"

namespace jsrun {

// transfer(buffer): an ArrayBuffer with its memory; this one is detached. Throws if that cannot be.
void TransferBuffer(const v8::FunctionCallbackInfo<v8::Value> &info);

// The constructor of objects that IsStream() knows: ReadableStreams are made by it.
v8::MaybeLocal<v8::Function> NewStreamConstructor(v8::Local<v8::Context> context);

// No JavaScript runs.
bool IsStream(v8::Local<v8::Value> value);

} // namespace jsrun

#endif
