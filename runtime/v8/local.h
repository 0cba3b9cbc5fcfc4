// V8's handles as the C code sees them: a v8::Local is one pointer, and so is a jsrun_value.
#ifndef RUNTIME_V8_LOCAL_H
#define RUNTIME_V8_LOCAL_H

#include <v8.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "v8/buffers.h"
#include "v8/engine.h"
#include "v8/platform.h"

namespace jsrun {

// Of scripts' origins. Newer V8s keep the exceptions of other scripts from debuggers, as web pages of other sites'.
constexpr bool kSharedOrigin = true;

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

// What the handle holds. A small integer is that itself, and V8's headers know how: a call into V8 would take longer than
// all the rest.
inline v8::internal::Address &ContentOf(jsrun_value value) {
    return *reinterpret_cast<v8::internal::Address *>(value);
}

inline bool IsSmall(jsrun_value value) {
    return !v8::internal::Internals::HasHeapObjectTag(ContentOf(value));
}

// Of what is not a small integer: which of V8's own types of objects it is.
inline int TypeOf(jsrun_value value) {
    return v8::internal::Internals::GetInstanceType(ContentOf(value));
}

inline v8::Isolate *IsolateOf(const jsrun_entry *entry) {
    return static_cast<v8::Isolate *>(entry->isolate);
}

inline v8::Local<v8::Context> ContextOf(const jsrun_entry *entry) {
    return Unwrap<v8::Context>(entry->context);
}

// The characters of a string; room for all of them. One-byte only if the string is stored so.
inline void CopyString(v8::Isolate *isolate, v8::Local<v8::String> string, uint8_t *to,
                       int length) {
#if V8_MAJOR_VERSION >= 15
    string->WriteOneByte(isolate, 0, static_cast<uint32_t>(length), to);
#elif V8_MAJOR_VERSION >= 13
    string->WriteOneByteV2(isolate, 0, length, to);
#else
    string->WriteOneByte(isolate, to, 0, length, v8::String::NO_NULL_TERMINATION);
#endif
}

inline void CopyString(v8::Isolate *isolate, v8::Local<v8::String> string, uint8_t *to) {
    CopyString(isolate, string, to, string->Length());
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
class InspectorScope;
class Start;

// What becomes of what scripts log, besides that debuggers are shown it. console.js knows the numbers.
enum class ConsoleMode { kOff = 0, kText = 1, kValues = 2 };

// A function that calls the host's function of this number.
v8::MaybeLocal<v8::Function> NewHostFunction(v8::Local<v8::Context> context, uint32_t number);

} // namespace jsrun

struct engine {
    v8::Isolate *isolate = nullptr;
    jsrun_runtime *runtime = nullptr;
    std::shared_ptr<jsrun::CountingAllocator> allocator; // buffers share it
    std::shared_ptr<jsrun::ForegroundTasks> tasks;
    // Whoever has the isolate_lock reads and writes these.
    uintptr_t stack_place = 0;          // where V8 was told of the limit of the stack; 0: not yet
    const void *stack_thread = nullptr; // and for which thread
    // What a thread that stays in the isolate has entered with it; else empty. The scope keeps a block of handles
    // there: V8 would take one and give it back with every entry.
    v8::Local<v8::Context> context_inside;
    alignas(v8::HandleScope) char scope_inside[sizeof(v8::HandleScope)];
    uint32_t stream_functions = 0; // the first of the host's
    v8::Global<v8::Context> context;
    std::unique_ptr<jsrun::Inspector> inspector; // NULL until it is needed
    // inspector_scope.cc
    std::mutex termination_lock;                 // guards these:
    bool terminating = false;                    // engine_terminate() was called
    double termination_asked = 0;                // seconds, when it was
    int clients = 0;                             // sessions
    jsrun::InspectorScope *inspecting = nullptr; // the innermost
    bool unattended = false;                     // no job waits for the JavaScript that runs
    // For V8 without a number that it keeps itself: flow.cc.
    bool follows_flow = false;
    uint32_t flow = 0;
    uint32_t flow_outside = 0; // of the reaction that runs
    std::unordered_multimap<int, engine_module *>
        modules; // by identity hash; the runtime owns them

    std::unique_ptr<jsrun::Start> start; // as long as the isolate
    jsrun::ConsoleMode console = jsrun::ConsoleMode::kOff;
    uint32_t console_function = 0; // the host's
    // parts.cc
    bool globals_complete = false;
    bool runs_part = false;
    bool owes_interrupt = false; // that came meanwhile
    double started = 0;          // on the platform's clock, in seconds
    double start_time = 0;       // the same in milliseconds since 1970

    // Memory: memory.cc, guard.h.
    jsrun::Guard *guard = nullptr; // the innermost, on the stack of the isolate's holder
    std::atomic<bool> dead{false}; // V8 ran out of memory: nothing of the isolate is used any more
    std::mutex interrupting;       // held to stop or interrupt JavaScript, and to declare it dead
    size_t reserve_used = 0;       // bytes beyond the heap limit
    bool closing = false;          // what V8 needs in order to end is not JavaScript's

    // WebAssembly whose bytes are still on their way: wasm.cc.
    std::vector<std::shared_ptr<v8::WasmStreaming>> wires;

    engine();
    ~engine();
};

#endif
