#include "v8/streams.h"

namespace jsrun {

namespace {

// Nothing else of ours gives its objects internal fields.
constexpr int kStreamFields = 1;

bool Detach(v8::Local<v8::ArrayBuffer> buffer) {
#if V8_MAJOR_VERSION >= 13
    return buffer->Detach(v8::Local<v8::Value>()).FromMaybe(false);
#else
    buffer->Detach();
    return true;
#endif
}

} // namespace

void TransferBuffer(const v8::FunctionCallbackInfo<v8::Value> &info) {
    v8::Isolate *isolate = info.GetIsolate();
    v8::Local<v8::ArrayBuffer> buffer = info[0].As<v8::ArrayBuffer>();
    std::shared_ptr<v8::BackingStore> store = buffer->GetBackingStore();
    if (!buffer->IsDetachable() || !Detach(buffer)) {
        isolate->ThrowException(v8::Exception::TypeError(
            v8::String::NewFromUtf8Literal(isolate, "this ArrayBuffer cannot be transferred")));
        return;
    }
    info.GetReturnValue().Set(v8::ArrayBuffer::New(isolate, std::move(store)));
}

v8::MaybeLocal<v8::Function> NewStreamConstructor(v8::Local<v8::Context> context) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    v8::Local<v8::FunctionTemplate> stream = v8::FunctionTemplate::New(isolate);
    stream->SetClassName(v8::String::NewFromUtf8Literal(isolate, "ReadableStream"));
    stream->InstanceTemplate()->SetInternalFieldCount(kStreamFields);
    return stream->GetFunction(context);
}

bool IsStream(v8::Local<v8::Value> value) {
    return value->IsObject() && value.As<v8::Object>()->InternalFieldCount() == kStreamFields;
}

} // namespace jsrun
