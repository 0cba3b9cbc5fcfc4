// The life of an isolate.

#include <algorithm>
#include <cmath>
#include <optional>

#include "v8/builtins.h"
#include "v8/embedder.h"
#include "v8/globals.h"
#include "v8/guard.h"
#include "v8/host_functions.h"
#include "v8/isolate_inspector.h"
#include "v8/es_modules.h"
#include "v8/settle.h"
#include "v8/start.h"
#include "v8/wasm.h"
#include "v8/web.h"

using namespace jsrun;

engine::engine() = default;
engine::~engine() = default;

namespace {

// Inside of an isolate, for its making and its end. V8 asks for a Locker only once an isolate has
// had one.
class Inside {
  public:
    Inside(engine *engine, bool shared) : engine_(engine) {
        if (shared) locker_.emplace(engine->isolate);
        engine->isolate->Enter();
    }
    ~Inside() {
        if (!engine_->dead) {
            engine_->isolate->Exit();
            return;
        }
        LeaveDead(engine_);
        locker_.reset();
        ForgetStack(engine_);
    }
    Inside(const Inside &) = delete;
    Inside &operator=(const Inside &) = delete;

  private:
    engine *engine_;
    std::optional<v8::Locker> locker_; // ends after the isolate was left
};

void LimitHeap(v8::ResourceConstraints &constraints, const jsrun_runtime_options *options) {
    // What V8 reserves for code has the heap's size, and has to consist of whole pages.
    constexpr size_t kLargestPage = 64 * 1024;
    // V8 ends the process if what it starts with does not fit.
    constexpr size_t kLeast = 8 * 1024 * 1024;
    constraints.ConfigureDefaultsFromHeapSize(
        options->initial_heap, std::max(options->heap_limit, kLeast + options->snapshot_size));
    size_t pages = (constraints.code_range_size_in_bytes() + kLargestPage - 1) / kLargestPage;
    constraints.set_code_range_size_in_bytes(pages * kLargestPage);
}

ConsoleMode ConsoleModeOf(const jsrun_runtime_options *options) {
    if (!options->console) return ConsoleMode::kOff;
    return options->console_values ? ConsoleMode::kValues : ConsoleMode::kText;
}

void OnMessage(v8::Local<v8::Message> message, v8::Local<v8::Value> exception) {
    engine *self = EngineOf(v8::Isolate::GetCurrent());
    if (self->inspector) self->inspector->ReportException(message, exception, false);
    if (self->unattended)
        OutOfV8(self, [&] { runtime_threw(self->runtime, Wrap(exception), Wrap(message)); });
}

// The context, with the isolate entered. False: the heap is too small for it.
bool OpenContext(engine *self, const jsrun_runtime_options *options, const char *context_name,
                 jsrun_heap *heap) {
    JSRUN_GUARD(self, false);
    v8::Isolate *isolate = self->isolate;
    v8::HandleScope scope(isolate);
    isolate->AddMessageListener(OnMessage);
    v8::Local<v8::Context> context = self->start->NewContext(isolate);
    self->context.Reset(isolate, context);
    self->started = Platform::Get().MonotonicallyIncreasingTime();
    self->start_time = std::floor(Platform::Get().CurrentClockTimeMillis());
    if (options->web_globals) DefineGlobals(context, kWebPart);
    if (options->inspect) Inspector::Of(self, context_name);
    engine_heap(self, heap);
    return true;
}

void DropContext(engine *self, bool for_snapshot) {
    JSRUN_GUARD(self);
    v8::HandleScope scope(self->isolate);
    CloseWires(self);
    if (self->inspector) {
        self->inspector->v8().contextDestroyed(self->context.Get(self->isolate));
        self->inspector.reset();
    }
    self->isolate->RemoveMessageListeners(OnMessage); // it would be in a snapshot
    if (!for_snapshot) self->context.Reset();
}

// Inside the isolate, as the next; after DropContext().
void CollectGarbage(engine *self) {
    JSRUN_GUARD(self);
    self->isolate->LowMemoryNotification();
}

engine_blob TakeSnapshot(engine *self) {
    JSRUN_GUARD(self, {});
    v8::StartupData made = self->start->MakeSnapshot(self->isolate, &self->context);
    return {made.data, static_cast<size_t>(made.raw_size)};
}

} // namespace

engine *engine_new(jsrun_runtime *runtime, const jsrun_runtime_options *options,
                   const char *context_name, jsrun_heap *heap) {
    auto self = std::make_unique<engine>();
    self->runtime = runtime;
    self->stream_functions = options->stream_functions;
    self->console = ConsoleModeOf(options);
    self->console_function = options->console_function;
    self->start = std::make_unique<Start>(options);
    self->allocator = std::make_shared<CountingAllocator>(
        options->buffer_limit ? options->buffer_limit : SIZE_MAX);
    self->tasks = std::make_shared<ForegroundTasks>(runtime);

    v8::Isolate *isolate = v8::Isolate::Allocate();
    self->isolate = isolate;
    Platform::Get().AddIsolate(isolate, self->tasks); // V8 asks for it while it initialises
    v8::Isolate::CreateParams params;
    params.array_buffer_allocator_shared = self->allocator;
    params.allow_atomics_wait = false; // would block the thread with the isolate entered
    if (options->heap_limit) LimitHeap(params.constraints, options);
    self->start->Initialize(isolate, params);

    isolate->SetData(0, self.get());
    WatchRejections(isolate);
    EnableModules(isolate);
    EnableWasmStreaming(isolate);
    isolate->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
    isolate->SetCaptureStackTraceForUncaughtExceptions(true, 64, v8::StackTrace::kDetailed);
    WatchMemory(self.get());
    bool made;
    {
        Inside inside(self.get(), false);
        made = OpenContext(self.get(), options, context_name, heap);
    }
    if (made) return self.release();
    engine_close(self.get(), false, nullptr);
    engine_free(self.release());
    return nullptr;
}

void engine_prepare_to_close(engine *self) { self->closing = true; }

void engine_close(engine *self, bool shared, engine_blob *blob) {
    self->closing = true;
    ForgetHostFunctions(self);
    if (!self->dead) {
        Inside inside(self, shared);
        DropContext(self, blob != nullptr);
        if (blob) *blob = TakeSnapshot(self);
    }
    if (self->dead) {
        CloseWires(self);
        // What the inspector would do for its end needs a heap: its few kilobytes stay.
        (void)self->inspector.release();
        self->context.Reset();
    }
    self->tasks->Close();
}

void engine_shrink(engine *self, bool shared) {
    constexpr size_t kWorthwhile = 8 * 1024 * 1024;
    if (self->dead) return;
    Inside inside(self, shared);
    v8::HeapStatistics statistics;
    self->isolate->GetHeapStatistics(&statistics);
    if (statistics.total_heap_size() + statistics.external_memory() > kWorthwhile)
        CollectGarbage(self);
}

void engine_free(engine *self) {
    self->tasks->DropRunning();
    if (self->start->IsForSnapshot())
        self->start->Dispose(self->isolate);
    else
        self->isolate->Dispose();
    Platform::Get().RemoveIsolate(self->isolate);
    delete self;
}

void engine_heap(engine *self, jsrun_heap *heap) {
    *heap = {};
    if (self->dead) return;
    v8::HeapStatistics statistics;
    self->isolate->GetHeapStatistics(&statistics);
    size_t external = statistics.external_memory();
    external -= std::min(external, BuiltinBytes());
    *heap = {statistics.total_heap_size(), statistics.used_heap_size(), external,
             statistics.total_physical_size()};
}

bool engine_is_dead(const engine *self) { return self->dead; }
