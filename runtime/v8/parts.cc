#include "v8/parts.h"

#include <vector>

#include "v8/builtins.h"
#include "v8/console.h"
#include "v8/references.h"
#include "v8/streams.h"
#include "v8/wasm.h"
#include "v8/web.h"

namespace jsrun {

namespace {

// In the order of Part. `native` has by this name: at first the function, then what that has returned.
constexpr struct {
    const char *name;
    bool (*add_natives)(v8::Local<v8::Context> context, v8::Local<v8::Object> native);
} kParts[] = {
    {"console", AddConsoleNatives},
    {"streams", AddStreamNatives},
    {"wasm", AddWasmNatives},
    {"web", AddWebNatives},
};

constexpr struct {
    const char *name;
    Part part;
    v8::PropertyAttribute attributes;
} kGlobals[] = {
    {"ByteLengthQueuingStrategy", Part::kStreams, v8::DontEnum},
    {"CountQueuingStrategy", Part::kStreams, v8::DontEnum},
    {"ReadableByteStreamController", Part::kStreams, v8::DontEnum},
    {"ReadableStream", Part::kStreams, v8::DontEnum},
    {"ReadableStreamBYOBReader", Part::kStreams, v8::DontEnum},
    {"ReadableStreamBYOBRequest", Part::kStreams, v8::DontEnum},
    {"ReadableStreamDefaultController", Part::kStreams, v8::DontEnum},
    {"ReadableStreamDefaultReader", Part::kStreams, v8::DontEnum},
    {"TransformStream", Part::kStreams, v8::DontEnum},
    {"TransformStreamDefaultController", Part::kStreams, v8::DontEnum},
    {"WritableStream", Part::kStreams, v8::DontEnum},
    {"WritableStreamDefaultController", Part::kStreams, v8::DontEnum},
    {"WritableStreamDefaultWriter", Part::kStreams, v8::DontEnum},
    {"AbortController", Part::kWeb, v8::DontEnum},
    {"AbortSignal", Part::kWeb, v8::DontEnum},
    {"Blob", Part::kWeb, v8::DontEnum},
    {"Crypto", Part::kWeb, v8::DontEnum},
    {"CustomEvent", Part::kWeb, v8::DontEnum},
    {"DOMException", Part::kWeb, v8::DontEnum},
    {"Event", Part::kWeb, v8::DontEnum},
    {"EventTarget", Part::kWeb, v8::DontEnum},
    {"Performance", Part::kWeb, v8::DontEnum},
    {"TextDecoder", Part::kWeb, v8::DontEnum},
    {"TextEncoder", Part::kWeb, v8::DontEnum},
#ifdef JSRUN_HAS_ADA
    {"URL", Part::kWeb, v8::DontEnum},
    {"URLSearchParams", Part::kWeb, v8::DontEnum},
#endif
    {"atob", Part::kWeb, v8::None},
    {"btoa", Part::kWeb, v8::None},
    {"crypto", Part::kWeb, v8::None},
    {"performance", Part::kWeb, v8::None},
};

v8::Local<v8::String> Text(v8::Isolate *isolate, const char *text) {
    return v8::String::NewFromUtf8(isolate, text, v8::NewStringType::kInternalized)
        .ToLocalChecked();
}

// While a part runs, nothing else does: what comes by an interrupt has to wait. It might be a debugger's message that leads to the same
// global, and V8 ends the process if a property was replaced while its getter ran.
class Undisturbed {
  public:
    explicit Undisturbed(engine *engine) : engine_(engine) { engine->runs_part = true; }
    ~Undisturbed() {
        engine_->runs_part = false;
        if (engine_->owes_interrupt) engine_request_interrupt(engine_);
        engine_->owes_interrupt = false;
    }
    Undisturbed(const Undisturbed &) = delete;

  private:
    engine *engine_;
};

v8::MaybeLocal<v8::Object> Run(v8::Local<v8::Context> context, Part part,
                               v8::Local<v8::Function> function) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    auto *self = static_cast<engine *>(isolate->GetData(0));
    // In a runtime that is to become a snapshot a debugger can pause in here.
    if (self->runs_part) {
        isolate->ThrowError("a built-in is only just being made");
        return {};
    }
    Undisturbed undisturbed(self);
    v8::Local<v8::Object> native = NewNative(isolate);
    v8::Local<v8::Value> arguments[2] = {native}, result;
    if (!kParts[static_cast<int>(part)].add_natives(context, native) ||
        !NativeOf(context)->Get(context, Text(isolate, "primordials")).ToLocal(&arguments[1]) ||
        !function->Call(context, v8::Undefined(isolate), 2, arguments).ToLocal(&result))
        return {};
    return result.As<v8::Object>();
}

// V8 then makes it an ordinary property, unless this throws. About the TryCatch see CallPart().
void GetGlobal(v8::Local<v8::Name> name, const v8::PropertyCallbackInfo<v8::Value> &info) {
    v8::Isolate *isolate = info.GetIsolate();
    v8::Local<v8::Context> context = isolate->GetCurrentContext();
    v8::TryCatch caught(isolate);
    auto part = static_cast<Part>(info.Data().As<v8::Int32>()->Value());
    v8::Local<v8::Object> made;
    v8::Local<v8::Value> value;
    if (PartOf(context, part).ToLocal(&made) && made->Get(context, name).ToLocal(&value))
        info.GetReturnValue().Set(value);
    else if (!caught.HasTerminated())
        caught.ReThrow();
}

} // namespace

v8::MaybeLocal<v8::Object> PartOf(v8::Local<v8::Context> context, Part part) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    v8::Local<v8::Object> native = NativeOf(context), made;
    v8::Local<v8::String> name = Text(isolate, kParts[static_cast<int>(part)].name);
    v8::Local<v8::Value> kept;
    if (!native->Get(context, name).ToLocal(&kept)) return {};
    if (!kept->IsFunction()) return kept.As<v8::Object>();
    if (!Run(context, part, kept.As<v8::Function>()).ToLocal(&made) ||
        native->CreateDataProperty(context, name, made).IsNothing())
        return {};
    return made;
}

void CallPart(const v8::FunctionCallbackInfo<v8::Value> &info, Part part, const char *name) {
    v8::Isolate *isolate = info.GetIsolate();
    v8::Local<v8::Context> context = isolate->GetCurrentContext();
    v8::Local<v8::Object> made;
    v8::Local<v8::Value> function, result;
    std::vector<v8::Local<v8::Value>> arguments;
    for (int i = 0; i < info.Length(); i++) arguments.push_back(info[i]);
    // Without it V8 10.2 takes an exception for caught as soon as Call() returns, if no JavaScript is beneath.
    v8::TryCatch caught(isolate);
    if (PartOf(context, part).ToLocal(&made) &&
        made->Get(context, Text(isolate, name)).ToLocal(&function) &&
        function.As<v8::Function>()
            ->Call(context, info.This(), info.Length(), arguments.data())
            .ToLocal(&result))
        info.GetReturnValue().Set(result);
    else if (!caught.HasTerminated())
        caught.ReThrow();
}

void DefineGlobals(v8::Local<v8::Context> context, Part part) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    v8::Local<v8::Integer> data = v8::Integer::New(isolate, static_cast<int>(part));
    for (auto &global : kGlobals) {
        if (global.part != part) continue;
        // Not where the script of a snapshot has defined it so that it cannot be changed.
        static_cast<void>(context->Global()
                              ->SetLazyDataProperty(context, Text(isolate, global.name), GetGlobal,
                                                    data, global.attributes,
                                                    v8::SideEffectType::kHasNoSideEffect)
                              .IsNothing());
    }
}

v8::Local<v8::Array> ListPartGlobals(v8::Isolate *isolate) {
    std::vector<v8::Local<v8::Value>> names;
    for (auto &global : kGlobals) names.push_back(Text(isolate, global.name));
    return v8::Array::New(isolate, names.data(), names.size());
}

void CompleteGlobals(engine *self) {
    if (self->globals_complete) return;
    v8::Isolate *isolate = self->isolate;
    v8::HandleScope scope(isolate);
    v8::TryCatch ignored(isolate);
    v8::Local<v8::Context> context = self->context.Get(isolate);
    // Not Get(), which would call a getter of a script's that is there instead.
    for (auto &global : kGlobals) {
        if (context->Global()
                ->GetOwnPropertyDescriptor(context, Text(isolate, global.name))
                .IsEmpty())
            return;
    }
    self->globals_complete = true;
}

void AddPartReferences(References *references) { references->Add(GetGlobal); }

} // namespace jsrun
