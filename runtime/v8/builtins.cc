#include "v8/builtins.h"

#include <vector>

#include "js_sources.h"
#include "v8/clone.h"
#include "v8/inspector_scope.h"
#include "v8/streams.h"

namespace jsrun {

namespace {

constexpr char kConsole[] = "jsrun/console";
// Of a context's embedder data.
constexpr int kNativeSlot = 1;

constexpr char kStreams[] = "jsrun/streams";

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

// Calls one method of the two that tee() was given. False: it has thrown.
bool CallMethod(const v8::FunctionCallbackInfo<v8::Value> &info, uint32_t index) {
    v8::Local<v8::Context> context = info.GetIsolate()->GetCurrentContext();
    v8::Local<v8::Value> method, result;
    if (!info.Data().As<v8::Array>()->Get(context, index).ToLocal(&method) || !method->IsFunction())
        return true;
    std::vector<v8::Local<v8::Value>> arguments;
    for (int i = 0; i < info.Length(); i++) arguments.push_back(info[i]);
    return method.As<v8::Function>()
        ->Call(context, info.This(), info.Length(), arguments.data())
        .ToLocal(&result);
}

// V8's own method tells debuggers.
bool CallTheirs(const v8::FunctionCallbackInfo<v8::Value> &info) {
    auto *self = static_cast<engine *>(info.GetIsolate()->GetData(0));
    if (!self->inspector || InspectorScope::IsTerminating(self)) return true;
    InspectorScope inspecting(self);
    return CallMethod(info, 0);
}

// The function that tee() makes: V8's own method first, then ours. Debuggers find the caller on top of the stack,
// since there is no JavaScript in between.
void CallBoth(const v8::FunctionCallbackInfo<v8::Value> &info) {
    if (CallTheirs(info)) CallMethod(info, 1);
}

v8::MaybeLocal<v8::Function> NewTee(v8::Local<v8::Context> context, v8::Local<v8::Value> theirs,
                                    v8::Local<v8::Value> ours, v8::Local<v8::String> name) {
    v8::Local<v8::Value> both[2] = {theirs, ours};
    v8::Local<v8::Function> function;
    if (!v8::Function::New(context, CallBoth, v8::Array::New(v8::Isolate::GetCurrent(), both, 2), 0,
                           v8::ConstructorBehavior::kThrow)
             .ToLocal(&function))
        return {};
    function->SetName(name);
    return function;
}

// tee(theirs, ours, name)
void Tee(const v8::FunctionCallbackInfo<v8::Value> &info) {
    v8::Local<v8::Function> function;
    if (NewTee(info.GetIsolate()->GetCurrentContext(), info[0], info[1], info[2].As<v8::String>())
            .ToLocal(&function))
        info.GetReturnValue().Set(function);
}

// --- installing -------------------------------------------------------------------------------------

void Add(v8::Local<v8::Context> context, v8::Local<v8::Object> object, const char *name,
         v8::FunctionCallback callback) {
    v8::Local<v8::Function> function;
    if (v8::Function::New(context, callback).ToLocal(&function))
        object->CreateDataProperty(context, Text(v8::Isolate::GetCurrent(), name), function)
            .FromMaybe(false);
}

// What a built-in script has left for this moment.
v8::Local<v8::Function> TakeInstaller(v8::Local<v8::Context> context, const char *name) {
    v8::Local<v8::String> key = Text(v8::Isolate::GetCurrent(), name);
    v8::Local<v8::Value> installer = context->Global()->Get(context, key).ToLocalChecked();
    context->Global()->Delete(context, key).FromMaybe(false);
    return installer.As<v8::Function>();
}

void InstallConsole(v8::Isolate *isolate, v8::Local<v8::Context> context,
                    const jsrun_runtime_options *options) {
    v8::Local<v8::Object> native = v8::Object::New(isolate);
    Add(context, native, "describe", Describe);
    Add(context, native, "define", Define);
    Add(context, native, "now", Now);
    Add(context, native, "tee", Tee);
    v8::Local<v8::Value> arguments[3] = {
        native,
        NewHostFunction(context, options->console_function).ToLocalChecked(),
        v8::Boolean::New(isolate, options->console_values),
    };
    TakeInstaller(context, "__jsrun_console")
        ->Call(context, v8::Undefined(isolate), 3, arguments)
        .ToLocalChecked();
}

void InstallStreams(v8::Isolate *isolate, v8::Local<v8::Context> context) {
    v8::Local<v8::Object> native = v8::Object::New(isolate);
    AddStreamNatives(context, native);
#if V8_MAJOR_VERSION >= 15
    context->SetEmbedderDataV2(kNativeSlot, native);
#else
    context->SetEmbedderData(kNativeSlot, native);
#endif
    v8::Local<v8::Value> arguments[1] = {native};
    TakeInstaller(context, "__jsrun_streams")
        ->Call(context, v8::Undefined(isolate), 1, arguments)
        .ToLocalChecked();
}

// A console that prints nothing still tells debuggers: CallTheirs().
void GuardConsole(v8::Isolate *isolate, v8::Local<v8::Context> context) {
    v8::Local<v8::Value> console, method;
    v8::Local<v8::Array> names;
    v8::Local<v8::Function> guarded;
    if (!context->Global()->Get(context, Text(isolate, "console")).ToLocal(&console) ||
        !console.As<v8::Object>()->GetOwnPropertyNames(context).ToLocal(&names))
        return;
    v8::Local<v8::Object> object = console.As<v8::Object>();
    for (uint32_t i = 0; i < names->Length(); i++) {
        v8::Local<v8::Value> name = names->Get(context, i).ToLocalChecked();
        if (object->Get(context, name).ToLocal(&method) && method->IsFunction() &&
            NewTee(context, method, v8::Undefined(isolate), name.As<v8::String>())
                .ToLocal(&guarded))
            object->Set(context, name, guarded).Check();
    }
}

} // namespace

void RegisterBuiltins() {
    v8::RegisterExtension(std::make_unique<v8::Extension>(kConsole, js_console, 0, nullptr,
                                                          static_cast<int>(js_console_length)));
    v8::RegisterExtension(std::make_unique<v8::Extension>(kStreams, js_streams, 0, nullptr,
                                                          static_cast<int>(js_streams_length)));
}

v8::Local<v8::Context> NewContext(v8::Isolate *isolate, const jsrun_runtime_options *options) {
    std::vector<const char *> names = {kStreams};
    if (options->console) names.push_back(kConsole);
    v8::ExtensionConfiguration extensions(static_cast<int>(names.size()), names.data());
    v8::Local<v8::Context> context = v8::Context::New(isolate, &extensions);
    v8::Context::Scope scope(context);
    InstallStructuredClone(isolate, context);
    InstallStreams(isolate, context);
    if (options->console)
        InstallConsole(isolate, context, options);
    else
        GuardConsole(isolate, context);
    return context;
}

v8::Local<v8::Object> NativeOf(v8::Local<v8::Context> context) {
#if V8_MAJOR_VERSION >= 15
    return context->GetEmbedderDataV2(kNativeSlot).As<v8::Object>();
#else
    return context->GetEmbedderData(kNativeSlot).As<v8::Object>();
#endif
}

} // namespace jsrun
