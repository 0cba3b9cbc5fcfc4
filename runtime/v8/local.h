// V8's handles as the C code sees them: a v8::Local is one pointer, and so is a jsrun_value.
#ifndef RUNTIME_V8_LOCAL_H
#define RUNTIME_V8_LOCAL_H

#include <v8.h>

#include <cstring>

#include "v8/compat.h"
#include "v8/engine.h"

namespace jsrun {

template <typename T> jsrun_value Wrap(v8::Local<T> local) {
    static_assert(sizeof local == sizeof(jsrun_value), "a handle is one pointer");
    jsrun_value value;
    std::memcpy(&value, static_cast<void *>(&local), sizeof value);
    return value;
}

template <typename T> jsrun_value WrapOrNull(v8::MaybeLocal<T> maybe) {
    v8::Local<T> local;
    return maybe.ToLocal(&local) ? Wrap(local) : nullptr;
}

template <typename T = v8::Value> v8::Local<T> Unwrap(jsrun_value value) {
    v8::Local<T> local;
    std::memcpy(static_cast<void *>(&local), &value, sizeof value);
    return local;
}

// What the handle holds: a small integer, or the address of an object. V8's headers can tell them
// apart and read the integer. A call into V8 would take longer than all the rest.
inline v8::internal::Address &ContentOf(jsrun_value value) {
    return *reinterpret_cast<v8::internal::Address *>(value);
}

inline bool IsSmall(jsrun_value value) {
    return !v8::internal::Internals::HasHeapObjectTag(ContentOf(value));
}

// Of a value that IsSmall().
inline int32_t SmallInteger(jsrun_value value) {
    return v8::internal::Internals::SmiValue(ContentOf(value));
}

// Of a value that is not IsSmall(): its type in V8's heap.
inline int TypeOf(jsrun_value value) {
    return v8::internal::Internals::GetInstanceType(ContentOf(value));
}

inline v8::Isolate *IsolateOf(const jsrun_entry *entry) {
    return static_cast<v8::Isolate *>(entry->isolate);
}

inline v8::Local<v8::Context> ContextOf(const jsrun_entry *entry) {
    return Unwrap<v8::Context>(entry->context);
}

// For names and messages of our own. V8 ends the process if `text` is longer than a string can be.
inline v8::Local<v8::String> Text(v8::Isolate *isolate, const char *text) {
    return v8::String::NewFromUtf8(isolate, text, v8::NewStringType::kInternalized)
        .ToLocalChecked();
}

} // namespace jsrun

#endif
