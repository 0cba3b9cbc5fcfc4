#include "v8/native.h"

#include <cassert>
#include <vector>

#include "v8/compat.h"
#include "v8/local.h"

namespace jsrun {

namespace {

// Of a context's embedder data.
constexpr int kNativeSlot = 1;
constexpr int kKeysSlot = 2;
constexpr int kValuesSlot = 3;

} // namespace

v8::MaybeLocal<v8::Function> NewFunction(v8::Local<v8::Context> context,
                                         v8::FunctionCallback callback, v8::Local<v8::Value> data,
                                         int length) {
#ifndef NDEBUG
    const intptr_t *entry = References::Table();
    while (*entry && *entry != reinterpret_cast<intptr_t>(callback)) entry++;
    assert(*entry && "the callback is missing in an Add...References()");
    assert((data.IsEmpty() || !data->IsObject()) && "see NewFunction()");
#endif
    return v8::Function::New(context, callback, data, length, v8::ConstructorBehavior::kThrow);
}

bool AddFunction(v8::Local<v8::Context> context, v8::Local<v8::Object> to,
                 const NativeFunction &function) {
    v8::Local<v8::String> name = Text(v8::Isolate::GetCurrent(), function.name);
    v8::Local<v8::Function> made;
    return NewFunction(context, function.callback).ToLocal(&made) &&
           to->CreateDataProperty(context, name, made).FromMaybe(false);
}

v8::Local<v8::Object> NewNative(v8::Isolate *isolate) {
    return v8::Object::New(isolate, v8::Null(isolate), nullptr, nullptr, 0);
}

v8::Local<v8::Value> Get(v8::Local<v8::Context> context, v8::Local<v8::Object> object,
                         const char *name) {
    return object->Get(context, Text(v8::Isolate::GetCurrent(), name)).ToLocalChecked();
}

void SetNative(v8::Local<v8::Context> context, v8::Local<v8::Object> native) {
    v8::Local<v8::Object> object = Get(context, context->Global(), "Object").As<v8::Object>();
    SetEmbedderObject(context, kNativeSlot, native);
    SetEmbedderObject(context, kKeysSlot, Get(context, object, "keys").As<v8::Object>());
    SetEmbedderObject(context, kValuesSlot, Get(context, object, "values").As<v8::Object>());
}

v8::Local<v8::Object> NativeOf(v8::Local<v8::Context> context) {
    return GetEmbedderObject<v8::Object>(context, kNativeSlot);
}

v8::Local<v8::Function> ObjectKeysOf(v8::Local<v8::Context> context) {
    return GetEmbedderObject<v8::Function>(context, kKeysSlot);
}

v8::Local<v8::Function> ObjectValuesOf(v8::Local<v8::Context> context) {
    return GetEmbedderObject<v8::Function>(context, kValuesSlot);
}

void LookForInterrupts(v8::Local<v8::Context> context) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    v8::Local<v8::Value> look;
    if (NativeOf(context)->Get(context, Text(isolate, "lookForInterrupts")).ToLocal(&look))
        static_cast<void>(
            look.As<v8::Function>()->Call(context, v8::Undefined(isolate), 0, nullptr).IsEmpty());
}

v8::MaybeLocal<v8::Value> PassOn(const v8::FunctionCallbackInfo<v8::Value> &info,
                                 v8::Local<v8::Function> function) {
    v8::Local<v8::Context> context = info.GetIsolate()->GetCurrentContext();
    std::vector<v8::Local<v8::Value>> arguments;
    for (int i = 0; i < info.Length(); i++) arguments.push_back(info[i]);
    return function->Call(context, info.This(), info.Length(), arguments.data());
}

} // namespace jsrun
