#include "v8/streams.h"

#include "v8/callback.h"
#include "v8/embedder.h"
#include "v8/native.h"
#include "v8/engine_promises.h"

namespace jsrun {

namespace {

using Info = v8::FunctionCallbackInfo<v8::Value>;

// Nothing else of ours gives its objects internal fields.
constexpr int kStreamFields = 1;

// transfer(buffer): an ArrayBuffer with its memory; this one is detached. Throws if that cannot be.
void Transfer(const Info &info) {
    v8::Isolate *isolate = info.GetIsolate();
    v8::Local<v8::ArrayBuffer> buffer = info[0].As<v8::ArrayBuffer>();
    std::shared_ptr<v8::BackingStore> store = buffer->GetBackingStore();
    if (!buffer->IsDetachable() || !Detach(buffer)) {
        isolate->ThrowException(
            v8::Exception::TypeError(Text(isolate, "this ArrayBuffer cannot be transferred")));
        return;
    }
    info.GetReturnValue().Set(v8::ArrayBuffer::New(isolate, std::move(store)));
}

// streamTold(number, outcome, value): a read has an outcome
bool Told(jsrun_runtime *runtime, jsrun_call_info *call) {
    if (call->argument_count != 3) return true; // never: only built-in JavaScript calls it
    runtime_stream_told(runtime, Unwrap<v8::Uint32>(call->arguments[0])->Value(),
                        static_cast<engine_read>(Unwrap<v8::Int32>(call->arguments[1])->Value()),
                        call->arguments[2]);
    return true;
}

// streamPull(number), streamCancel(number), streamDropped(number): the host's functions, in the
// order of jsrun_runtime_options.stream_functions
template <uint32_t which> bool CallHost(jsrun_runtime *runtime, jsrun_call_info *call) {
    call->function = EngineOf(v8::Isolate::GetCurrent())->stream_functions + which;
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

bool AddNatives(v8::Local<v8::Context> context, v8::Local<v8::Object> native) {
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

// Calls a function of the part's.
void CallPart(const Info &info, const char *name) {
    v8::Isolate *isolate = info.GetIsolate();
    Answer(info, [&]() -> v8::MaybeLocal<v8::Value> {
        v8::Local<v8::Value> function;
        if (!PropertyOf(isolate->GetCurrentContext(), kStreamsPart, Text(isolate, name))
                 .ToLocal(&function))
            return {};
        return PassOn(info, function.As<v8::Function>());
    });
}

// What engine_stream_function() finds in the context's `native`, in the order of
// engine_stream_operation. They are C++, so that js/streams/ runs, if it has not yet, where
// JavaScript runs.
constexpr NativeFunction kHosts[] = {
    {"streamRead", [](const Info &info) { CallPart(info, "read"); }},
    {"streamCancel", [](const Info &info) { CallPart(info, "cancel"); }},
    {"streamMake", [](const Info &info) { CallPart(info, "make"); }},
};

} // namespace

const Part kStreamsPart = {"streams", AddNatives};

void InstallStreams(v8::Local<v8::Context> context) {
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
    return jsrun::Wrap(
        jsrun::Get(context, jsrun::NativeOf(context), jsrun::kHosts[operation].name));
}
