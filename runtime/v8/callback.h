// JavaScript calls a function that is written in C.
#ifndef RUNTIME_V8_CALLBACK_H
#define RUNTIME_V8_CALLBACK_H

#include "v8/local.h"

namespace jsrun {

// Calls `target` with the call's number and values; false from it means that V8 holds an exception.
template <bool (*target)(jsrun_runtime *runtime, jsrun_call_info *call)>
void Dispatch(const v8::FunctionCallbackInfo<v8::Value> &info) {
    constexpr int kOnStack = 8;
    v8::Isolate *isolate = info.GetIsolate();
    auto *self = static_cast<engine *>(isolate->GetData(0));
    int count = info.Length();
    jsrun_value on_stack[kOnStack];
    std::unique_ptr<jsrun_value[]> on_heap;
    jsrun_value *arguments = on_stack;
    if (count > kOnStack) {
        on_heap.reset(new jsrun_value[static_cast<size_t>(count)]);
        arguments = on_heap.get();
    }
    for (int i = 0; i < count; i++) arguments[i] = Wrap(info[i]);

    jsrun_call_info call = {};
    call.function = info.Data().As<v8::Integer>()->Value();
    call.receiver = Wrap(info.This().As<v8::Value>());
    call.arguments = arguments;
    call.argument_count = static_cast<size_t>(count);
    if (!target(self->runtime, &call) || isolate->IsExecutionTerminating()) return;
    if (call.is_exception) {
        isolate->ThrowException(Unwrap(call.result));
    } else if (call.result) {
        info.GetReturnValue().Set(Unwrap(call.result));
    }
}

} // namespace jsrun

#endif
