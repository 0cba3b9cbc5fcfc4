// Functions for built-in JavaScript, and the context's `native`: an object that no script of a
// user's can reach, with what built-in scripts have left there for the parts and for C++.
#ifndef RUNTIME_V8_NATIVE_H
#define RUNTIME_V8_NATIVE_H

#include <v8.h>

#include "v8/references.h"

namespace jsrun {

// A function that cannot be a constructor. `data` is a primitive value: V8 keeps it apart from the
// context, so an object would come out of a snapshot with a context of its own. Empty: V8 was
// stopped.
v8::MaybeLocal<v8::Function> NewFunction(v8::Local<v8::Context> context,
                                         v8::FunctionCallback callback,
                                         v8::Local<v8::Value> data = v8::Local<v8::Value>(),
                                         int length = 0);

// False: V8 was stopped.
bool AddFunction(v8::Local<v8::Context> context, v8::Local<v8::Object> to,
                 const NativeFunction &function);

template <size_t count>
bool AddFunctions(v8::Local<v8::Context> context, v8::Local<v8::Object> to,
                  const NativeFunction (&table)[count]) {
    for (auto &function : table) {
        if (!AddFunction(context, to, function)) return false;
    }
    return true;
}

// An object without properties, and without a prototype: nothing is looked up where scripts could
// put it.
v8::Local<v8::Object> NewNative(v8::Isolate *isolate);

// Gives a new context its `native`, and keeps Object.keys and Object.values as they are now.
void SetNative(v8::Local<v8::Context> context, v8::Local<v8::Object> native);
v8::Local<v8::Object> NativeOf(v8::Local<v8::Context> context);
v8::Local<v8::Function> ObjectKeysOf(v8::Local<v8::Context> context);
v8::Local<v8::Function> ObjectValuesOf(v8::Local<v8::Context> context);

// A property of a built-in object. V8 ends the process if it cannot be read.
v8::Local<v8::Value> Get(v8::Local<v8::Context> context, v8::Local<v8::Object> object,
                         const char *name);

// Calls a function: see js/primordials.js.
void LookForInterrupts(v8::Local<v8::Context> context);

// Calls `function` with the receiver and the arguments of this call.
v8::MaybeLocal<v8::Value> PassOn(const v8::FunctionCallbackInfo<v8::Value> &info,
                                 v8::Local<v8::Function> function);

} // namespace jsrun

#endif
