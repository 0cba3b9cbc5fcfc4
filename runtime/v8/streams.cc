#include "v8/streams.h"

#include "v8/builtins.h"
#include "v8/callback.h"
#include "v8/embedder.h"
#include "v8/parts.h"
#include "v8/references.h"

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

// transfer(buffer): an ArrayBuffer with its memory; this one is detached. Throws if that cannot be.
void Transfer(const v8::FunctionCallbackInfo<v8::Value> &info) {
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

// streamTold(number, outcome, value): a read has come to something
bool Told(jsrun_runtime *runtime, jsrun_call_info *call) {
    if (call->argument_count != 3) return true; // never: only built-in JavaScript calls it
    runtime_stream_told(runtime, Unwrap<v8::Uint32>(call->arguments[0])->Value(),
                        static_cast<engine_read>(Unwrap<v8::Int32>(call->arguments[1])->Value()),
                        call->arguments[2]);
    return true;
}

// streamPull(number), streamCancel(number), streamDropped(number): the host's functions, in the order of
// jsrun_runtime_options.stream_functions
template <uint32_t which> bool CallHost(jsrun_runtime *runtime, jsrun_call_info *call) {
    auto *self = static_cast<engine *>(v8::Isolate::GetCurrent()->GetData(0));
    call->function = self->stream_functions + which;
    runtime_host_call(runtime, call);
    return true;
}

constexpr NativeFunction kNative[] = {
    {"transfer", Transfer},
    {"streamTold", Dispatch<Told>},
    {"streamPull", Dispatch<CallHost<0>>},
    {"streamCancel", Dispatch<CallHost<1>>},
    {"streamDropped", Dispatch<CallHost<2>>},
};

// What engine_stream_function() finds in the context's `native`; in the order of engine_stream_operation. They are C++, so that
// js/streams/ runs, if it has not yet, where JavaScript runs.
constexpr NativeFunction kHosts[] = {
    {"streamRead",
     [](const v8::FunctionCallbackInfo<v8::Value> &info) {
         CallPart(info, Part::kStreams, "read");
     }},
    {"streamCancel",
     [](const v8::FunctionCallbackInfo<v8::Value> &info) {
         CallPart(info, Part::kStreams, "cancel");
     }},
    {"streamMake",
     [](const v8::FunctionCallbackInfo<v8::Value> &info) {
         CallPart(info, Part::kStreams, "make");
     }},
};

v8::Local<v8::String> Text(v8::Isolate *isolate, const char *text) {
    return v8::String::NewFromUtf8(isolate, text, v8::NewStringType::kInternalized)
        .ToLocalChecked();
}

} // namespace

bool AddStreamNatives(v8::Local<v8::Context> context, v8::Local<v8::Object> native) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    if (!AddFunctions(context, native, kNative)) return false;
    v8::Local<v8::FunctionTemplate> stream = v8::FunctionTemplate::New(isolate);
    stream->SetClassName(Text(isolate, "ReadableStream"));
    stream->InstanceTemplate()->SetInternalFieldCount(kStreamFields);
    v8::Local<v8::Function> constructor;
    return stream->GetFunction(context).ToLocal(&constructor) &&
           native->CreateDataProperty(context, Text(isolate, "Stream"), constructor)
               .FromMaybe(false);
}

void InstallStreams(v8::Isolate *, v8::Local<v8::Context> context) {
    DefineGlobals(context, Part::kStreams);
    AddFunctions(context, NativeOf(context), kHosts);
}

void AddStreamReferences(References *references) {
    references->Add(kNative);
    references->Add(kHosts);
}

bool IsStream(v8::Local<v8::Value> value) {
    return value->IsObject() && value.As<v8::Object>()->InternalFieldCount() == kStreamFields;
}

} // namespace jsrun

jsrun_value engine_stream_function(jsrun_entry *entry, engine_stream_operation operation) {
    JSRUN_GUARD(entry->engine, nullptr);
    v8::Local<v8::Context> context = jsrun::ContextOf(entry);
    v8::Local<v8::String> name =
        jsrun::Text(jsrun::IsolateOf(entry), jsrun::kHosts[operation].name);
    return jsrun::Wrap(jsrun::NativeOf(context)->Get(context, name).ToLocalChecked());
}
