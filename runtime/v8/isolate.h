// What this boundary keeps for an isolate.
#ifndef RUNTIME_V8_ISOLATE_H
#define RUNTIME_V8_ISOLATE_H

#include <v8.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "v8/buffers.h"
#include "v8/local.h"
#include "v8/platform.h"

namespace jsrun {

class Guard;
struct HostFunction;
class Inspector;
class InspectorScope;
class Start;

// What happens to what scripts log, besides that debuggers are shown it. js/console/ knows the
// numbers.
enum class ConsoleMode { kOff = 0, kText = 1, kValues = 2 };

} // namespace jsrun

// Without another remark a field is the holder's: only the thread with the isolate lock uses it.
struct engine {
    v8::Isolate *isolate = nullptr;
    jsrun_runtime *runtime = nullptr;
    std::shared_ptr<jsrun::CountingAllocator> allocator; // buffers share it
    std::shared_ptr<jsrun::ForegroundTasks> tasks;
    std::unique_ptr<jsrun::Start> start; // as long as the isolate
    v8::Global<v8::Context> context;
    double started = 0;    // on the platform's clock, in seconds
    double start_time = 0; // the same in milliseconds since 1970

    // entry.cc
    uintptr_t stack_place = 0;          // where V8 was told of the limit of the stack; 0: not yet
    const void *stack_thread = nullptr; // and for which thread
    // What a resident thread has entered with the isolate; else empty. The scope keeps a block of
    // handles there: V8 would take one and give it back with every entry.
    v8::Local<v8::Context> context_inside;
    alignas(v8::HandleScope) char scope_inside[sizeof(v8::HandleScope)];

    // stopping.cc
    std::mutex termination_lock;                 // guards the next four:
    bool terminating = false;                    // engine_terminate() was called
    double termination_asked = 0;                // seconds, when it was
    int clients = 0;                             // sessions
    jsrun::InspectorScope *inspecting = nullptr; // the innermost
    std::mutex interrupting; // held to stop or interrupt JavaScript, and to declare it dead

    std::unique_ptr<jsrun::Inspector> inspector; // NULL until it is needed
    bool unattended = false;                     // no job waits for the JavaScript that runs

    // flow.cc, for a V8 that does not keep the number itself
    bool follows_flow = false;
    uint32_t flow = 0;
    uint32_t flow_outside = 0; // of the code around the reaction that runs

    std::unordered_multimap<int, engine_module *>
        modules; // by identity hash; the runtime owns them

    // The host's functions.
    jsrun::ConsoleMode console = jsrun::ConsoleMode::kOff;
    uint32_t console_function = 0;
    uint32_t stream_functions = 0; // the first of several

    // host_functions.cc: those that JavaScript has.
    jsrun::HostFunction *host_functions = nullptr;
    size_t host_function_count = 0;
    size_t host_function_limit = 2000;
    bool host_functions_dropped = false; // some, since the limit was set

    // parts.cc, globals.cc
    bool globals_complete = false;
    bool runs_part = false;
    bool owes_interrupt = false; // one came while a part ran

    // guard.h, memory.cc
    jsrun::Guard *guard = nullptr; // the innermost, on the holder's stack
    std::atomic<bool> dead{false}; // V8 ran out of memory: nothing of the isolate is used any more
    size_t reserve_used = 0;       // bytes beyond the heap limit
    bool closing = false;          // what V8 needs in order to end is not JavaScript's

    // wasm.cc: WebAssembly whose bytes are still on their way.
    std::vector<std::shared_ptr<v8::WasmStreaming>> wires;

    engine();
    ~engine();
};

namespace jsrun {

// NULL for an isolate that is no runtime's, such as one that a snapshot is made of.
inline engine *EngineOf(v8::Isolate *isolate) { return static_cast<engine *>(isolate->GetData(0)); }

} // namespace jsrun

#endif
