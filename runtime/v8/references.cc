#include "v8/references.h"

#include <algorithm>
#include <cassert>

namespace jsrun {

const intptr_t *References::Table() {
    static const References *const self = [] {
        auto *made = new References();
        AddBuiltinReferences(made);
        AddCloneReferences(made);
        AddConsoleReferences(made);
        AddFlowReferences(made);
        AddFunctionReferences(made);
        AddHostFunctionReferences(made);
        AddModuleReferences(made);
        AddPartReferences(made);
        AddPromiseReferences(made);
        AddStreamReferences(made);
        AddWasmReferences(made);
        AddWebReferences(made);
        made->all_.push_back(0);
        return made;
    }();
    return self->all_.data();
}

void References::Add(v8::FunctionCallback callback) {
    all_.push_back(reinterpret_cast<intptr_t>(callback));
}

void References::Add(v8::AccessorNameGetterCallback getter) {
    all_.push_back(reinterpret_cast<intptr_t>(getter));
}

void References::Add(const v8::String::ExternalOneByteStringResource *text) {
    all_.push_back(reinterpret_cast<intptr_t>(text));
}

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
    v8::Local<v8::String> name;
    v8::Local<v8::Function> made;
    return v8::String::NewFromUtf8(v8::Isolate::GetCurrent(), function.name).ToLocal(&name) &&
           NewFunction(context, function.callback).ToLocal(&made) &&
           to->CreateDataProperty(context, name, made).FromMaybe(false);
}

} // namespace jsrun
