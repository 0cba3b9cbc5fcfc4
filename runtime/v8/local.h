// V8's handles as the C code sees them: a v8::Local is one pointer, and so is a jsrun_value.
#ifndef RUNTIME_V8_LOCAL_H
#define RUNTIME_V8_LOCAL_H

#include <v8.h>

#include <atomic>
#include <cstring>
#include <memory>

#include "v8/buffers.h"
#include "v8/engine.h"
#include "v8/platform.h"

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

inline v8::Isolate *IsolateOf(const jsrun_entry *entry) {
    return static_cast<v8::Isolate *>(entry->isolate);
}

inline v8::Local<v8::Context> ContextOf(const jsrun_entry *entry) {
    return Unwrap<v8::Context>(entry->context);
}

// The characters of a string; room for all of them. One-byte only if the string is stored so.
inline void CopyString(v8::Isolate *isolate, v8::Local<v8::String> string, uint8_t *to) {
#if V8_MAJOR_VERSION >= 15
    string->WriteOneByte(isolate, 0, static_cast<uint32_t>(string->Length()), to);
#elif V8_MAJOR_VERSION >= 13
    string->WriteOneByteV2(isolate, 0, string->Length(), to);
#else
    string->WriteOneByte(isolate, to, 0, string->Length(), v8::String::NO_NULL_TERMINATION);
#endif
}

inline void CopyString(v8::Isolate *isolate, v8::Local<v8::String> string, uint16_t *to) {
#if V8_MAJOR_VERSION >= 15
    string->Write(isolate, 0, static_cast<uint32_t>(string->Length()), to);
#elif V8_MAJOR_VERSION >= 13
    string->WriteV2(isolate, 0, string->Length(), to);
#else
    string->Write(isolate, to, 0, string->Length(), v8::String::NO_NULL_TERMINATION);
#endif
}

class Guard;
class Inspector;

// A function that calls the host's function of this number.
v8::MaybeLocal<v8::Function> NewHostFunction(v8::Local<v8::Context> context, uint32_t number);

// An address that stands for the calling thread.
const void *ThisThread();

} // namespace jsrun

struct engine {
    v8::Isolate *isolate = nullptr;
    jsrun_runtime *runtime = nullptr;
    std::unique_ptr<jsrun::CountingAllocator> allocator;
    std::shared_ptr<jsrun::ForegroundTasks> tasks;
    v8::Global<v8::Context> context;
    std::unique_ptr<jsrun::Inspector> inspector; // NULL until it is needed

    jsrun::Guard *guard = nullptr; // the innermost; the isolate's holder's
    const void *thread = nullptr;  // the isolate's holder
    std::atomic<bool> dead{false}; // V8 ran out of memory: nothing of the isolate is used any more
    bool reserve_used = false;     // the heap limit was reached
    bool closing = false;

    engine();
    ~engine();
};

#endif
