#include "v8/globals.h"

#include <vector>

#include "v8/references.h"
#include "v8/streams.h"
#include "v8/web.h"

namespace jsrun {

namespace {

constexpr struct {
    const char *name;
    const Part *part;
    v8::PropertyAttribute attributes;
} kGlobals[] = {
    {"ByteLengthQueuingStrategy", &kStreamsPart, v8::DontEnum},
    {"CountQueuingStrategy", &kStreamsPart, v8::DontEnum},
    {"ReadableByteStreamController", &kStreamsPart, v8::DontEnum},
    {"ReadableStream", &kStreamsPart, v8::DontEnum},
    {"ReadableStreamBYOBReader", &kStreamsPart, v8::DontEnum},
    {"ReadableStreamBYOBRequest", &kStreamsPart, v8::DontEnum},
    {"ReadableStreamDefaultController", &kStreamsPart, v8::DontEnum},
    {"ReadableStreamDefaultReader", &kStreamsPart, v8::DontEnum},
    {"TransformStream", &kStreamsPart, v8::DontEnum},
    {"TransformStreamDefaultController", &kStreamsPart, v8::DontEnum},
    {"WritableStream", &kStreamsPart, v8::DontEnum},
    {"WritableStreamDefaultController", &kStreamsPart, v8::DontEnum},
    {"WritableStreamDefaultWriter", &kStreamsPart, v8::DontEnum},
    {"AbortController", &kWebPart, v8::DontEnum},
    {"AbortSignal", &kWebPart, v8::DontEnum},
    {"Blob", &kWebPart, v8::DontEnum},
    {"Crypto", &kWebPart, v8::DontEnum},
    {"CustomEvent", &kWebPart, v8::DontEnum},
    {"DOMException", &kWebPart, v8::DontEnum},
    {"Event", &kWebPart, v8::DontEnum},
    {"EventTarget", &kWebPart, v8::DontEnum},
    {"Performance", &kWebPart, v8::DontEnum},
    {"TextDecoder", &kWebPart, v8::DontEnum},
    {"TextEncoder", &kWebPart, v8::DontEnum},
#ifdef JSRUN_HAS_ADA
    {"URL", &kWebPart, v8::DontEnum},
    {"URLSearchParams", &kWebPart, v8::DontEnum},
#endif
    {"atob", &kWebPart, v8::None},
    {"btoa", &kWebPart, v8::None},
    {"crypto", &kWebPart, v8::None},
    {"performance", &kWebPart, v8::None},
};
constexpr int kGlobalCount = sizeof kGlobals / sizeof *kGlobals;

// V8 makes it an ordinary property with this value, unless this throws.
void GetGlobal(v8::Local<v8::Name> name, const v8::PropertyCallbackInfo<v8::Value> &info) {
    auto &global = kGlobals[info.Data().As<v8::Int32>()->Value()];
    Answer(info,
           [&] { return PropertyOf(info.GetIsolate()->GetCurrentContext(), *global.part, name); });
}

} // namespace

void DefineGlobals(v8::Local<v8::Context> context, const Part &part) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    for (int i = 0; i < kGlobalCount; i++) {
        auto &global = kGlobals[i];
        if (global.part != &part) continue;
        // Not where the script of a snapshot has defined it so that it cannot be changed.
        static_cast<void>(context->Global()
                              ->SetLazyDataProperty(context, Text(isolate, global.name), GetGlobal,
                                                    v8::Integer::New(isolate, i), global.attributes,
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

void AddGlobalReferences(References *references) { references->Add(GetGlobal); }

} // namespace jsrun
