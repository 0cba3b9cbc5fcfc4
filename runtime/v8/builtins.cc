#include "v8/builtins.h"

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <vector>

#include "js_sources.h"
#include "v8/callback.h"
#include "v8/clone.h"
#include "v8/embedder.h"
#include "v8/functions.h"
#include "v8/hide.h"
#include "v8/inspector.h"
#include "v8/inspector_scope.h"
#include "v8/references.h"
#include "v8/streams.h"
#include "v8/wasm.h"
#include "v8/web.h"

namespace jsrun {

namespace {

// Of a context's embedder data.
constexpr int kNativeSlot = 1;
// An array: in turn the first and the second function behind what tee() made.
constexpr int kTeesSlot = 2;
// Object.keys and Object.values, whatever scripts make of these.
constexpr int kKeysSlot = 3;
constexpr int kValuesSlot = 4;

void Keep(v8::Local<v8::Context> context, int slot, v8::Local<v8::Object> object) {
#if V8_MAJOR_VERSION >= 15
    context->SetEmbedderDataV2(slot, object);
#else
    context->SetEmbedderData(slot, object);
#endif
}

template <typename T> v8::Local<T> Kept(v8::Local<v8::Context> context, int slot) {
#if V8_MAJOR_VERSION >= 15
    return context->GetEmbedderDataV2(slot).As<v8::Value>().As<T>();
#else
    return context->GetEmbedderData(slot).As<T>();
#endif
}

v8::Local<v8::String> Text(v8::Isolate *isolate, const char *text) {
    return v8::String::NewFromUtf8(isolate, text, v8::NewStringType::kInternalized)
        .ToLocalChecked();
}

// --- what console.js asks for -----------------------------------------------------------------------

v8::Local<v8::Value> RegExpText(v8::Isolate *isolate, v8::Local<v8::RegExp> regexp) {
    static constexpr struct {
        int flag;
        const char *letter;
    } letters[] = {{v8::RegExp::kHasIndices, "d"}, {v8::RegExp::kGlobal, "g"},
                   {v8::RegExp::kIgnoreCase, "i"}, {v8::RegExp::kMultiline, "m"},
                   {v8::RegExp::kDotAll, "s"},     {v8::RegExp::kUnicode, "u"},
                   {v8::RegExp::kSticky, "y"}};
    std::string flags = "/";
    for (auto &letter : letters) {
        if (regexp->GetFlags() & letter.flag) flags += letter.letter;
    }
    return v8::String::Concat(isolate,
                              v8::String::Concat(isolate, Text(isolate, "/"), regexp->GetSource()),
                              Text(isolate, flags.c_str()));
}

v8::Local<v8::Value> PromiseState(v8::Isolate *isolate, v8::Local<v8::Promise> promise) {
    std::vector<v8::Local<v8::Value>> parts = {v8::Integer::New(isolate, promise->State())};
    if (promise->State() != v8::Promise::kPending) parts.push_back(promise->Result());
    return v8::Array::New(isolate, parts.data(), parts.size());
}

v8::Local<v8::Value> Entries(v8::Isolate *isolate, v8::Local<v8::Object> object) {
    bool pairs = false;
    v8::Local<v8::Array> entries;
    if (object->PreviewEntries(&pairs).ToLocal(&entries)) return entries;
    return v8::Array::New(isolate, 0);
}

v8::Local<v8::Value> Boxed(v8::Isolate *isolate, v8::Local<v8::Object> object) {
    if (object->IsNumberObject())
        return v8::Number::New(isolate, object.As<v8::NumberObject>()->ValueOf());
    if (object->IsBooleanObject())
        return v8::Boolean::New(isolate, object.As<v8::BooleanObject>()->ValueOf());
    if (object->IsStringObject()) return object.As<v8::StringObject>()->ValueOf();
    if (object->IsSymbolObject()) return object.As<v8::SymbolObject>()->ValueOf();
    return object.As<v8::BigIntObject>()->ValueOf();
}

bool IsBoxed(v8::Local<v8::Object> object) {
    return object->IsNumberObject() || object->IsBooleanObject() || object->IsStringObject() ||
           object->IsSymbolObject() || object->IsBigIntObject();
}

size_t BufferLength(v8::Local<v8::Object> object) {
    if (object->IsArrayBuffer()) return object.As<v8::ArrayBuffer>()->ByteLength();
    if (object->IsSharedArrayBuffer()) return object.As<v8::SharedArrayBuffer>()->ByteLength();
    return object.As<v8::DataView>()->ByteLength();
}

// The kind of an object, and what is inside that JavaScript could not read without running code of scripts.
const char *Classify(v8::Isolate *isolate, v8::Local<v8::Object> object,
                     v8::Local<v8::Value> *inside) {
    if (object->IsFunction()) return "function";
    if (object->IsArray()) return "array";
    if (object->IsNativeError()) return "error";
    if (object->IsDate()) return "date";
    if (object->IsWeakMap() || object->IsWeakSet()) return "weak";
    if (object->IsRegExp()) {
        *inside = RegExpText(isolate, object.As<v8::RegExp>());
        return "regexp";
    }
    if (object->IsPromise()) {
        *inside = PromiseState(isolate, object.As<v8::Promise>());
        return "promise";
    }
    if (object->IsTypedArray()) {
        size_t length = object.As<v8::TypedArray>()->Length();
        *inside = v8::Number::New(isolate, static_cast<double>(length));
        return "typedarray";
    }
    if (object->IsArrayBuffer() || object->IsSharedArrayBuffer() || object->IsDataView()) {
        *inside = v8::Number::New(isolate, static_cast<double>(BufferLength(object)));
        return "buffer";
    }
    if (IsBoxed(object)) {
        *inside = Boxed(isolate, object);
        return "boxed";
    }
    bool iterator = object->IsMapIterator() || object->IsSetIterator();
    if (!iterator && !object->IsMap() && !object->IsSet()) return "object";
    *inside = Entries(isolate, object);
    return iterator ? "iterator" : object->IsMap() ? "map" : "set";
}

// describe(object): [kind, name of its class, what is inside]
void Describe(const v8::FunctionCallbackInfo<v8::Value> &info) {
    v8::Isolate *isolate = info.GetIsolate();
    v8::Local<v8::Value> parts[3] = {Text(isolate, "proxy"), v8::String::Empty(isolate),
                                     v8::Undefined(isolate)};
    if (info[0]->IsProxy()) {
        parts[2] = info[0].As<v8::Proxy>()->GetTarget();
    } else if (info[0]->IsObject()) {
        v8::Local<v8::Object> object = info[0].As<v8::Object>();
        parts[1] = object->GetConstructorName();
        parts[0] = Text(isolate, Classify(isolate, object, &parts[2]));
    }
    info.GetReturnValue().Set(v8::Array::New(isolate, parts, 3));
}

// define(array, index, value): never runs a setter
void Define(const v8::FunctionCallbackInfo<v8::Value> &info) {
    v8::Local<v8::Context> context = info.GetIsolate()->GetCurrentContext();
    uint32_t index = info[1]->Uint32Value(context).FromMaybe(0);
    info[0].As<v8::Object>()->CreateDataProperty(context, index, info[2]).FromMaybe(false);
}

void Now(const v8::FunctionCallbackInfo<v8::Value> &info) {
    info.GetReturnValue().Set(Platform::Get().MonotonicallyIncreasingTime() * 1000);
}

// Calls a method that tee() has kept. False: it has thrown.
bool CallMethod(const v8::FunctionCallbackInfo<v8::Value> &info, uint32_t index) {
    v8::Local<v8::Context> context = info.GetIsolate()->GetCurrentContext();
    v8::Local<v8::Value> method, result;
    if (!Kept<v8::Array>(context, kTeesSlot)->Get(context, index).ToLocal(&method) ||
        !method->IsFunction())
        return true;
    std::vector<v8::Local<v8::Value>> arguments;
    for (int i = 0; i < info.Length(); i++) arguments.push_back(info[i]);
    if (!method.As<v8::Function>()
             ->Call(context, info.This(), info.Length(), arguments.data())
             .ToLocal(&result))
        return false;
    info.GetReturnValue().Set(result);
    return true;
}

// V8's own method tells debuggers.
bool CallTheirs(const v8::FunctionCallbackInfo<v8::Value> &info, uint32_t index) {
    auto *self = static_cast<engine *>(info.GetIsolate()->GetData(0));
    if (!self->inspector || InspectorScope::IsTerminating(self)) return true;
    InspectorScope inspecting(self);
    return CallMethod(info, index);
}

// The function that tee() makes: V8's own method first, then ours. Debuggers find the caller on top of the stack,
// since there is no JavaScript in between. Ours has the last word on the result.
void CallBoth(const v8::FunctionCallbackInfo<v8::Value> &info) {
    uint32_t first = info.Data().As<v8::Uint32>()->Value();
    if (CallTheirs(info, first)) CallMethod(info, first + 1);
}

// tee(theirs, ours, name)
void Tee(const v8::FunctionCallbackInfo<v8::Value> &info) {
    v8::Isolate *isolate = info.GetIsolate();
    v8::Local<v8::Context> context = isolate->GetCurrentContext();
    v8::Local<v8::Array> tees = Kept<v8::Array>(context, kTeesSlot);
    uint32_t first = tees->Length();
    v8::Local<v8::Function> function;
    if (!tees->Set(context, first, info[0]).FromMaybe(false) ||
        !tees->Set(context, first + 1, info[1]).FromMaybe(false) ||
        !NewFunction(context, CallBoth, v8::Integer::NewFromUnsigned(isolate, first))
             .ToLocal(&function))
        return;
    function->SetName(info[2].As<v8::String>());
    info.GetReturnValue().Set(function);
}

// --- the console's way out ---------------------------------------------------------------------------

void ConsoleMode(const v8::FunctionCallbackInfo<v8::Value> &info) {
    auto *self = static_cast<engine *>(info.GetIsolate()->GetData(0));
    info.GetReturnValue().Set(static_cast<int32_t>(self->console));
}

// consoleEmit(level, text or values)
bool EmitToConsole(jsrun_runtime *runtime, jsrun_call_info *call) {
    auto *self = static_cast<engine *>(v8::Isolate::GetCurrent()->GetData(0));
    call->function = self->console_function;
    runtime_host_call(runtime, call);
    return true;
}

// --- the scripts' texts -----------------------------------------------------------------------------

// Text that is in the program's memory already: neither in snapshots nor in the heaps of isolates.
class Source : public v8::String::ExternalOneByteStringResource {
  public:
    explicit Source(const js_source &source) : source_(source) {}
    const char *data() const override { return source_.text; }
    size_t length() const override { return source_.length; }

  private:
    void Dispose() override {} // by an isolate: others have it as well

    const js_source &source_;
};

// All of js_sources; they stay where they are.
std::deque<Source> &Sources() {
    static auto *const sources = new std::deque<Source>(js_sources, js_sources + js_source_count);
    return *sources;
}

// --- installing -------------------------------------------------------------------------------------

constexpr NativeFunction kNative[] = {
    {"describe", Describe}, {"define", Define},           {"now", Now},
    {"tee", Tee},           {"consoleMode", ConsoleMode}, {"consoleEmit", Dispatch<EmitToConsole>},
};

v8::Local<v8::Object> NewNative(v8::Isolate *isolate, v8::Local<v8::Context> context) {
    v8::Local<v8::Object> native = v8::Object::New(isolate);
    AddFunctions(context, native, kNative);
    AddStreamNatives(context, native);
    AddWasmNatives(context, native);
    AddWebNatives(context, native);
    return native;
}

v8::Local<v8::Value> Get(v8::Local<v8::Context> context, v8::Local<v8::Object> object,
                         const char *name) {
    return object->Get(context, Text(v8::Isolate::GetCurrent(), name)).ToLocalChecked();
}

// Takes away the global that the script has left its installer in, and calls that.
void Install(v8::Isolate *isolate, v8::Local<v8::Context> context, const js_source &source,
             v8::Local<v8::Value> native) {
    v8::Local<v8::Value> installer = Get(context, context->Global(), source.installer);
    context->Global()->Delete(context, Text(isolate, source.installer)).Check();
    v8::TryCatch caught(isolate);
    if (!installer.As<v8::Function>()->Call(context, v8::Undefined(isolate), 1, &native).IsEmpty())
        return;
    // A mistake in a built-in script: the build meets it when it makes the startup snapshot.
    std::fprintf(
        stderr, "%s: %s\n", source.name,
        *v8::String::Utf8Value(isolate, caught.StackTrace(context).FromMaybe(caught.Exception())));
    std::abort();
}

} // namespace

void RegisterBuiltins() {
    for (size_t i = 0; i < js_source_count; i++) {
        const js_source &source = js_sources[i];
        v8::RegisterExtension(std::make_unique<v8::Extension>(source.name, source.text, 0, nullptr,
                                                              static_cast<int>(source.length)));
    }
}

v8::Local<v8::Context> MakeContext(v8::Isolate *isolate, Builtins *builtins) {
    std::vector<const char *> names;
    for (size_t i = 0; i < js_source_count && !builtins; i++) names.push_back(js_sources[i].name);
    v8::ExtensionConfiguration extensions(static_cast<int>(names.size()), names.data());
    v8::Local<v8::Context> context =
        builtins ? builtins->NewContext() : v8::Context::New(isolate, &extensions);
    v8::Context::Scope scope(context);
    // V8 sets it when the context is taken from the snapshot.
    v8::Local<v8::Object> error = Get(context, context->Global(), "Error").As<v8::Object>();
    v8::Local<v8::String> limit = Text(isolate, "stackTraceLimit");
    if (builtins) {
        error->Set(context, limit, v8::Integer::New(isolate, 10)).Check();
        builtins->Run(context);
    }
    InstallFunctions(isolate, context);
    InstallStructuredClone(isolate, context);
    v8::Local<v8::Object> native = NewNative(isolate, context);
    Keep(context, kNativeSlot, native);
    Keep(context, kTeesSlot, v8::Array::New(isolate));
    v8::Local<v8::Object> object = Get(context, context->Global(), "Object").As<v8::Object>();
    Keep(context, kKeysSlot, Get(context, object, "keys").As<v8::Object>());
    Keep(context, kValuesSlot, Get(context, object, "values").As<v8::Object>());
    for (size_t i = 0; i < js_source_count; i++) Install(isolate, context, js_sources[i], native);
    if (builtins) error->Delete(context, limit).Check();
    Inspector::Number(isolate, context);
    return context;
}

// V8 10.2 has some strings of one character in the read-only part of its heap, refers to them by their places, and writes that
// part anew for every snapshot, in the order in which it comes across them. It comes across its table of such strings
// first: once that is complete, all snapshots have them at the same places.
static void MakeCharacters(v8::Isolate *isolate) {
    v8::HandleScope scope(isolate);
    for (int i = 0; i < 256; i++) {
        auto character = static_cast<uint8_t>(i);
        v8::String::NewFromOneByte(isolate, &character, v8::NewStringType::kNormal, 1)
            .ToLocalChecked();
    }
}

Builtins::Builtins(v8::Isolate *isolate, bool on_startup)
    : isolate_(isolate), on_startup_(on_startup) {
    MakeCharacters(isolate);
    v8::Context::Scope scope(NewContext());
    for (size_t i = 0; i < js_source_count; i++) {
        sources_.push_back(v8::String::NewExternalOneByte(isolate, &Sources()[i]).ToLocalChecked());
#if V8_MAJOR_VERSION >= 13
        v8::ScriptOrigin origin(Text(isolate, js_sources[i].name));
#else
        v8::ScriptOrigin origin(isolate, Text(isolate, js_sources[i].name));
#endif
        v8::ScriptCompiler::Source source(sources_[i], origin);
        scripts_.push_back(
            v8::ScriptCompiler::CompileUnboundScript(isolate, &source).ToLocalChecked());
    }
}

v8::Local<v8::Context> Builtins::NewContext() const {
    return on_startup_ ? v8::Context::FromSnapshot(isolate_, 0).ToLocalChecked()
                       : v8::Context::New(isolate_);
}

size_t BuiltinBytes() {
    size_t bytes = 0;
    for (auto &source : Sources()) bytes += source.length();
    return bytes;
}

bool Builtins::Hide() { return HideScripts(isolate_, scripts_, sources_); }

void Builtins::Run(v8::Local<v8::Context> context) {
    for (auto &script : scripts_) script->BindToCurrentContext()->Run(context).ToLocalChecked();
}

v8::Local<v8::Object> NativeOf(v8::Local<v8::Context> context) {
    return Kept<v8::Object>(context, kNativeSlot);
}

void LookForInterrupts(v8::Local<v8::Context> context) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    v8::Local<v8::Value> look;
    if (NativeOf(context)->Get(context, Text(isolate, "lookForInterrupts")).ToLocal(&look))
        static_cast<void>(
            look.As<v8::Function>()->Call(context, v8::Undefined(isolate), 0, nullptr).IsEmpty());
}

v8::Local<v8::Function> ObjectKeysOf(v8::Local<v8::Context> context) {
    return Kept<v8::Function>(context, kKeysSlot);
}

v8::Local<v8::Function> ObjectValuesOf(v8::Local<v8::Context> context) {
    return Kept<v8::Function>(context, kValuesSlot);
}

void AddBuiltinReferences(References *references) {
    references->Add(kNative);
    references->Add(CallBoth);
    for (auto &source : Sources()) references->Add(&source);
}

} // namespace jsrun
