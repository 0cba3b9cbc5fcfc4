#include "v8/console.h"

#include <string>
#include <vector>

#include "v8/callback.h"
#include "v8/compat.h"
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

// --- what js/console/ asks for -------------------------------------------------------------------

v8::Local<v8::Value> RegExpText(v8::Isolate *isolate, v8::Local<v8::RegExp> regexp) {
    static constexpr struct {
        int flag;
        const char *letter;
    } letters[] = {{v8::RegExp::kHasIndices, "d"}, {v8::RegExp::kGlobal, "g"},
                   {v8::RegExp::kIgnoreCase, "i"}, {v8::RegExp::kMultiline, "m"},
                   {v8::RegExp::kDotAll, "s"},     {v8::RegExp::kUnicode, "u"},
                   {kUnicodeSetsFlag, "v"},        {v8::RegExp::kSticky, "y"}};
    std::string flags = "/";
    for (auto &letter : letters) {
        if (regexp->GetFlags() & letter.flag) flags += letter.letter;
    }
    return v8::String::Concat(isolate,
                              v8::String::Concat(isolate, Text(isolate, "/"), regexp->GetSource()),
                              Text(isolate, flags.c_str()));
}

const char *FunctionType(v8::Local<v8::Object> function) {
    bool async = function->IsAsyncFunction();
    if (function->IsGeneratorFunction())
        return async ? "AsyncGeneratorFunction" : "GeneratorFunction";
    return async ? "AsyncFunction" : "Function";
}

v8::Local<v8::Value> PromiseState(v8::Isolate *isolate, v8::Local<v8::Promise> promise) {
    std::vector<v8::Local<v8::Value>> parts = {v8::Integer::New(isolate, promise->State())};
    if (promise->State() != v8::Promise::kPending) parts.push_back(promise->Result());
    return v8::Array::New(isolate, parts.data(), parts.size());
}

// An array of values, or of keys and values in turn.
v8::Local<v8::Value> Entries(v8::Isolate *isolate, v8::Local<v8::Object> object, bool *pairs) {
    v8::Local<v8::Array> entries;
    if (object->PreviewEntries(pairs).ToLocal(&entries)) return entries;
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

v8::Local<v8::Value> Number(v8::Isolate *isolate, size_t value) {
    return v8::Number::New(isolate, static_cast<double>(value));
}

// { length, detached, bytes: the first of them in hexadecimal digits }
v8::Local<v8::Value> BufferContents(v8::Isolate *isolate, const void *data, size_t length,
                                    bool detached) {
    constexpr size_t kMostBytes = 100;
    static const char digits[] = "0123456789abcdef";
    auto *bytes = static_cast<const unsigned char *>(data);
    std::string text;
    for (size_t i = 0; i < length && i < kMostBytes; i++) {
        text += digits[bytes[i] >> 4];
        text += digits[bytes[i] & 15];
    }
    v8::Local<v8::Name> names[] = {Text(isolate, "length"), Text(isolate, "detached"),
                                   Text(isolate, "bytes")};
    v8::Local<v8::Value> values[] = {Number(isolate, length), v8::Boolean::New(isolate, detached),
                                     Text(isolate, text.c_str())};
    return v8::Object::New(isolate, v8::Null(isolate), names, values, 3);
}

struct Description {
    const char *kind = "object";
    // What JavaScript could not read without running code of scripts.
    v8::Local<v8::Value> inside;
    v8::Local<v8::Value> more;
};

// Those that have more inside than their properties. False: this is none of them.
bool DescribeContainer(v8::Isolate *isolate, v8::Local<v8::Object> object, Description *result) {
    bool pairs = false;
    if (object->IsMap() || object->IsSet()) {
        result->kind = object->IsMap() ? "map" : "set";
        result->inside = Entries(isolate, object, &pairs);
    } else if (object->IsMapIterator() || object->IsSetIterator()) {
        result->kind = object->IsMapIterator() ? "mapiterator" : "setiterator";
        result->inside = Entries(isolate, object, &pairs);
        result->more = v8::Boolean::New(isolate, pairs);
    } else if (object->IsTypedArray()) {
        result->kind = "typedarray";
        result->inside = Number(isolate, object.As<v8::TypedArray>()->Length());
    } else if (object->IsArrayBuffer()) {
        v8::Local<v8::ArrayBuffer> buffer = object.As<v8::ArrayBuffer>();
        result->kind = "arraybuffer";
        result->inside =
            BufferContents(isolate, buffer->Data(), buffer->ByteLength(), buffer->WasDetached());
    } else if (object->IsSharedArrayBuffer()) {
        v8::Local<v8::SharedArrayBuffer> buffer = object.As<v8::SharedArrayBuffer>();
        result->kind = "sharedarraybuffer";
        result->inside = BufferContents(isolate, buffer->Data(), buffer->ByteLength(), false);
    } else if (object->IsPromise()) {
        result->kind = "promise";
        result->inside = PromiseState(isolate, object.As<v8::Promise>());
    } else if (IsBoxed(object)) {
        result->kind = "boxed";
        result->inside = Boxed(isolate, object);
    } else {
        return false;
    }
    return true;
}

void DescribeObject(v8::Isolate *isolate, v8::Local<v8::Object> object, Description *result) {
    if (object->IsFunction()) {
        result->kind = "function";
        result->inside = Text(isolate, FunctionType(object));
    } else if (object->IsRegExp()) {
        result->kind = "regexp";
        result->inside = RegExpText(isolate, object.As<v8::RegExp>());
    } else if (object->IsArray()) {
        result->kind = "array";
    } else if (object->IsNativeError()) {
        result->kind = "error";
    } else if (object->IsDate()) {
        result->kind = "date";
    } else if (object->IsWeakMap() || object->IsWeakSet()) {
        result->kind = object->IsWeakMap() ? "weakmap" : "weakset";
    } else if (object->IsDataView()) {
        result->kind = "dataview";
    } else if (object->IsArgumentsObject()) {
        result->kind = "arguments";
    } else if (object->IsModuleNamespaceObject()) {
        result->kind = "module";
    } else {
        DescribeContainer(isolate, object, result);
    }
}

// describe(object): [kind, name of its class, what is inside, more of that]. Of a proxy: its
// target, null once it was revoked, and its handler.
void Describe(const Info &info) {
    v8::Isolate *isolate = info.GetIsolate();
    Description result;
    result.inside = result.more = v8::Undefined(isolate);
    v8::Local<v8::Value> name = v8::String::Empty(isolate);
    if (info[0]->IsProxy()) {
        result.kind = "proxy";
        result.inside = info[0].As<v8::Proxy>()->GetTarget();
        result.more = info[0].As<v8::Proxy>()->GetHandler();
    } else if (info[0]->IsObject()) {
        v8::Local<v8::Object> object = info[0].As<v8::Object>();
        name = object->GetConstructorName();
        DescribeObject(isolate, object, &result);
    }
    v8::Local<v8::Value> parts[] = {Text(isolate, result.kind), name, result.inside, result.more};
    info.GetReturnValue().Set(v8::Array::New(isolate, parts, 4));
}

void IsProxy(const Info &info) { info.GetReturnValue().Set(info[0]->IsProxy()); }

// keys(object, with indices, with those that are not enumerable): those of its own, first the
// strings
void Keys(const Info &info) {
    v8::Isolate *isolate = info.GetIsolate();
    v8::Local<v8::Array> keys;
    if (info[0]
            .As<v8::Object>()
            ->GetPropertyNames(isolate->GetCurrentContext(), v8::KeyCollectionMode::kOwnOnly,
                               info[2]->IsTrue() ? v8::ALL_PROPERTIES : v8::ONLY_ENUMERABLE,
                               info[1]->IsTrue() ? v8::IndexFilter::kIncludeIndices
                                                 : v8::IndexFilter::kSkipIndices,
                               v8::KeyConversionMode::kConvertToString)
            .ToLocal(&keys))
        info.GetReturnValue().Set(keys);
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
    {"isProxy", IsProxy},
    {"keys", Keys},
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
