#include "v8/wasm.h"

#include <algorithm>

#include "v8/bytes.h"
#include "v8/native.h"
#include "v8/parts.h"

namespace jsrun {

namespace {

using Info = v8::FunctionCallbackInfo<v8::Value>;

std::shared_ptr<v8::WasmStreaming> WireOf(const Info &info) {
    return v8::WasmStreaming::Unpack(info.GetIsolate(), info[0]);
}

// Its last message follows.
std::shared_ptr<v8::WasmStreaming> EndedWireOf(const Info &info) {
    std::shared_ptr<v8::WasmStreaming> wire = WireOf(info);
    auto &wires = EngineOf(info.GetIsolate())->wires;
    wires.erase(std::remove(wires.begin(), wires.end(), wire), wires.end());
    return wire;
}

// wasmReceive(wire, ArrayBuffer or view)
void Receive(const Info &info) {
    Bytes bytes = BytesOf(info[1]);
    if (bytes.size) WireOf(info)->OnBytesReceived(bytes.data, bytes.size);
}

// wasmFinish(wire)
void Finish(const Info &info) { FinishStreaming(*EndedWireOf(info)); }

// wasmAbort(wire, error)
void Abort(const Info &info) { EndedWireOf(info)->Abort(info[1]); }

constexpr NativeFunction kNative[] = {
    {"wasmReceive", Receive}, {"wasmFinish", Finish}, {"wasmAbort", Abort}};

bool AddNatives(v8::Local<v8::Context> context, v8::Local<v8::Object> native) {
    return AddFunctions(context, native, kNative);
}

const Part kWasmPart = {"wasm", AddNatives};

// A script has called compileStreaming() or instantiateStreaming().
void OnStreaming(const Info &info) {
    v8::Isolate *isolate = info.GetIsolate();
    v8::Local<v8::Context> context = isolate->GetCurrentContext();
    v8::Local<v8::Value> feed, arguments[] = {info[0], info.Data()};
    EngineOf(isolate)->wires.push_back(v8::WasmStreaming::Unpack(isolate, info.Data()));
    if (PropertyOf(context, kWasmPart, Text(isolate, "feed")).ToLocal(&feed))
        static_cast<void>(
            feed.As<v8::Function>()->Call(context, v8::Undefined(isolate), 2, arguments).IsEmpty());
}

} // namespace

void AddWasmReferences(References *references) { references->Add(kNative); }

void EnableWasmStreaming(v8::Isolate *isolate) { isolate->SetWasmStreamingCallback(OnStreaming); }

void CloseWires(engine *engine) {
    for (auto &wire : engine->wires) wire->Abort({});
    engine->wires.clear();
}

} // namespace jsrun
