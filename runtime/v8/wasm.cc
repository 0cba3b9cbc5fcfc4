#include "v8/wasm.h"

#include <algorithm>

#include "v8/parts.h"
#include "v8/references.h"

namespace jsrun {

namespace {

using Info = v8::FunctionCallbackInfo<v8::Value>;

v8::Local<v8::String> Text(v8::Isolate *isolate, const char *text) {
    return v8::String::NewFromUtf8(isolate, text, v8::NewStringType::kInternalized)
        .ToLocalChecked();
}

std::shared_ptr<v8::WasmStreaming> WireOf(const Info &info) {
    return v8::WasmStreaming::Unpack(info.GetIsolate(), info[0]);
}

engine *EngineOf(const Info &info) { return static_cast<engine *>(info.GetIsolate()->GetData(0)); }

// Its last message follows.
std::shared_ptr<v8::WasmStreaming> EndedWireOf(const Info &info) {
    std::shared_ptr<v8::WasmStreaming> wire = WireOf(info);
    auto &wires = EngineOf(info)->wires;
    wires.erase(std::remove(wires.begin(), wires.end(), wire), wires.end());
    return wire;
}

// wasmReceive(wire, ArrayBuffer or view)
void Receive(const Info &info) {
    std::shared_ptr<v8::BackingStore> store;
    size_t offset = 0, size;
    if (info[1]->IsArrayBufferView()) {
        auto view = info[1].As<v8::ArrayBufferView>();
        store = view->Buffer()->GetBackingStore();
        offset = view->ByteOffset();
        size = view->ByteLength();
    } else {
        store = info[1]->IsArrayBuffer() ? info[1].As<v8::ArrayBuffer>()->GetBackingStore()
                                         : info[1].As<v8::SharedArrayBuffer>()->GetBackingStore();
        size = store->ByteLength();
    }
    if (size) WireOf(info)->OnBytesReceived(static_cast<uint8_t *>(store->Data()) + offset, size);
}

// wasmFinish(wire)
void Finish(const Info &info) {
#if V8_MAJOR_VERSION >= 13
    EndedWireOf(info)->Finish(nullptr);
#else
    EndedWireOf(info)->Finish();
#endif
}

// wasmAbort(wire, error)
void Abort(const Info &info) { EndedWireOf(info)->Abort(info[1]); }

constexpr NativeFunction kNative[] = {
    {"wasmReceive", Receive}, {"wasmFinish", Finish}, {"wasmAbort", Abort}};

// V8: a script has called compileStreaming() or instantiateStreaming().
void Begin(const Info &info) {
    v8::Isolate *isolate = info.GetIsolate();
    v8::Local<v8::Context> context = isolate->GetCurrentContext();
    v8::Local<v8::Object> made;
    v8::Local<v8::Value> feed, arguments[] = {info[0], info.Data()};
    EngineOf(info)->wires.push_back(v8::WasmStreaming::Unpack(isolate, info.Data()));
    if (PartOf(context, Part::kWasm).ToLocal(&made) &&
        made->Get(context, Text(isolate, "feed")).ToLocal(&feed))
        static_cast<void>(
            feed.As<v8::Function>()->Call(context, v8::Undefined(isolate), 2, arguments).IsEmpty());
}

} // namespace

bool AddWasmNatives(v8::Local<v8::Context> context, v8::Local<v8::Object> native) {
    return AddFunctions(context, native, kNative);
}

void AddWasmReferences(References *references) { references->Add(kNative); }

void EnableWasmStreaming(v8::Isolate *isolate) { isolate->SetWasmStreamingCallback(Begin); }

void CloseWires(engine *engine) {
    for (auto &wire : engine->wires) wire->Abort({});
    engine->wires.clear();
}

} // namespace jsrun
