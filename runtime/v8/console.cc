#include "v8/console.h"

#include <string>
#include <vector>

#include "v8/bytes.h"
#include "v8/callback.h"
#include "v8/embedder.h"
#include "v8/isolate_inspector.h"
#include "v8/inspector_scope.h"
#include "v8/native.h"
#include "v8/parts.h"

namespace jsrun {

namespace {

// In `native`: console itself, and an object with V8's own methods by their names.
constexpr char kConsole[] = "consoleObject";
constexpr char kTheirs[] = "consoleMethods";

using Info = v8::FunctionCallbackInfo<v8::Value>;

// --- what console.js asks for --------------------------------------------------------------------

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

// The kind of an object, and what is inside that JavaScript could not read without running code of
// scripts.
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
        *inside = v8::Number::New(isolate, static_cast<double>(ByteLengthOf(object)));
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
void Describe(const Info &info) {
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
void Define(const Info &info) {
    v8::Local<v8::Context> context = info.GetIsolate()->GetCurrentContext();
    uint32_t index = info[1]->Uint32Value(context).FromMaybe(0);
    info[0].As<v8::Object>()->CreateDataProperty(context, index, info[2]).FromMaybe(false);
}

void Now(const Info &info) {
    info.GetReturnValue().Set(Platform::Get().MonotonicallyIncreasingTime() * 1000);
}

// --- the console's way out -----------------------------------------------------------------------

void GetConsoleMode(const Info &info) {
    info.GetReturnValue().Set(static_cast<int32_t>(EngineOf(info.GetIsolate())->console));
}

// consoleEmit(level, text or values)
bool EmitToConsole(jsrun_runtime *runtime, jsrun_call_info *call) {
    call->function = EngineOf(v8::Isolate::GetCurrent())->console_function;
    runtime_host_call(runtime, call);
    return true;
}

constexpr NativeFunction kNative[] = {
    {"describe", Describe},
    {"define", Define},
    {"now", Now},
    {"consoleMode", GetConsoleMode},
    {"consoleEmit", Dispatch<EmitToConsole>},
};

bool AddNatives(v8::Local<v8::Context> context, v8::Local<v8::Object> native) {
    return AddFunctions(context, native, kNative);
}

// --- the methods ---------------------------------------------------------------------------------

// Calls methods.name, if there is one. False: it has thrown.
bool CallMethod(const Info &info, v8::Local<v8::Object> methods, v8::Local<v8::Name> name) {
    v8::Local<v8::Context> context = info.GetIsolate()->GetCurrentContext();
    v8::Local<v8::Value> method, result;
    if (!methods->Get(context, name).ToLocal(&method)) return false;
    if (!method->IsFunction()) return true;
    if (!PassOn(info, method.As<v8::Function>()).ToLocal(&result)) return false;
    info.GetReturnValue().Set(result);
    return true;
}

// V8's own method tells debuggers.
bool CallTheirs(const Info &info, v8::Local<v8::Name> name) {
    v8::Isolate *isolate = info.GetIsolate();
    v8::Local<v8::Context> context = isolate->GetCurrentContext();
    engine *self = EngineOf(isolate);
    if (!self->inspector || InspectorScope::IsTerminating(self)) return true;
    InspectorScope inspecting(self);
    v8::Local<v8::Value> theirs;
    return NativeOf(context)->Get(context, Text(isolate, kTheirs)).ToLocal(&theirs) &&
           CallMethod(info, theirs.As<v8::Object>(), name);
}

void CallOurs(const Info &info, v8::Local<v8::Name> name) {
    v8::Isolate *isolate = info.GetIsolate();
    engine *self = EngineOf(isolate);
    v8::Local<v8::Object> ours;
    if (self->console == ConsoleMode::kOff)
        info.GetReturnValue().SetUndefined();
    else if (PartOf(isolate->GetCurrentContext(), kConsolePart).ToLocal(&ours))
        CallMethod(info, ours, name);
}

// A method of the console: V8's own first, then ours. Debuggers find the caller on top of the
// stack, since there is no JavaScript in between. Ours has the last word on the result.
void CallBoth(const Info &info) {
    v8::Local<v8::Name> name = info.Data().As<v8::Name>();
    if (CallTheirs(info, name)) CallOurs(info, name);
}

// console.context(): V8's would make methods that nobody guards.
void GetConsole(const Info &info) {
    v8::Isolate *isolate = info.GetIsolate();
    v8::Local<v8::Context> context = isolate->GetCurrentContext();
    v8::Local<v8::Value> console;
    if (NativeOf(context)->Get(context, Text(isolate, kConsole)).ToLocal(&console))
        info.GetReturnValue().Set(console);
}

} // namespace

const Part kConsolePart = {"console", AddNatives};

void InstallConsole(v8::Isolate *isolate, v8::Local<v8::Context> context) {
    v8::Local<v8::Object> native = NativeOf(context), theirs = NewNative(isolate);
    v8::Local<v8::Object> console =
        context->Global()->Get(context, Text(isolate, "console")).ToLocalChecked().As<v8::Object>();
    v8::Local<v8::Array> names = console->GetOwnPropertyNames(context).ToLocalChecked();
    for (uint32_t i = 0; i < names->Length(); i++) {
        v8::Local<v8::String> name = names->Get(context, i).ToLocalChecked().As<v8::String>();
        v8::Local<v8::Value> method = console->Get(context, name).ToLocalChecked();
        if (!method->IsFunction()) continue;
        bool is_context = name->StringEquals(Text(isolate, "context"));
        v8::Local<v8::Function> function =
            NewFunction(context, is_context ? GetConsole : CallBoth, name).ToLocalChecked();
        function->SetName(name);
        theirs->CreateDataProperty(context, name, method).Check();
        console->Set(context, name, function).Check();
    }
    native->CreateDataProperty(context, Text(isolate, kConsole), console).Check();
    native->CreateDataProperty(context, Text(isolate, kTheirs), theirs).Check();
}

void AddConsoleReferences(References *references) {
    references->Add(kNative);
    references->Add(CallBoth);
    references->Add(GetConsole);
}

} // namespace jsrun
