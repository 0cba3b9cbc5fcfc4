// JavaScript calls a function that is written in C.
#ifndef RUNTIME_V8_CALLBACK_H
#define RUNTIME_V8_CALLBACK_H

#include "v8/guard.h"

namespace jsrun {

// The function's number and values, as C knows them.
class CallInfo {
  public:
    explicit CallInfo(const v8::FunctionCallbackInfo<v8::Value> &info) {
        int count = info.Length();
        jsrun_value *arguments = on_stack_;
        if (count > kOnStack) {
            on_heap_.reset(new jsrun_value[static_cast<size_t>(count)]);
            arguments = on_heap_.get();
        }
        for (int i = 0; i < count; i++) arguments[i] = Wrap(info[i]);
        call.function = info.Data().As<v8::Integer>()->Value();
        call.receiver = Wrap(info.This().As<v8::Value>());
        call.arguments = arguments;
        call.argument_count = static_cast<size_t>(count);
    }

    jsrun_call_info call = {};

  private:
    static constexpr int kOnStack = 8;
    jsrun_value on_stack_[kOnStack];
    std::unique_ptr<jsrun_value[]> on_heap_;
};

// Calls `target` with the call's number and values; false from it means that V8 holds an exception.
template <bool (*target)(jsrun_runtime *runtime, jsrun_call_info *call)>
void Dispatch(const v8::FunctionCallbackInfo<v8::Value> &info) {
    v8::Isolate *isolate = info.GetIsolate();
    auto *self = EngineOf(isolate);
    bool threw;
    bool is_exception;
    jsrun_value result;
    OutOfV8(self, [&] {
        CallInfo made(info);
        threw = !target(self->runtime, &made.call);
        is_exception = made.call.is_exception;
        result = made.call.result;
    });
    if (threw || isolate->IsExecutionTerminating()) return;
    if (is_exception) {
        isolate->ThrowException(Unwrap(result));
    } else if (result) {
        info.GetReturnValue().Set(Unwrap(result));
    }
}

} // namespace jsrun

#endif
