// The life of an isolate, and who has entered it.

#include <algorithm>
#include <new>

#include "v8/builtins.h"
#include "v8/embedder.h"
#include "v8/guard.h"
#include "v8/inspector.h"
#include "v8/local.h"

using jsrun::Platform;

engine::engine() = default;
engine::~engine() = default;

namespace {

// V8 keeps this much stack free below the limit for its own C++; handlers of the host need some as well.
constexpr size_t kJavaScriptStack = 984 * 1024;

void OnMessage(v8::Local<v8::Message> message, v8::Local<v8::Value> exception) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    auto *self = static_cast<engine *>(isolate->GetData(0));
    if (self->inspector) self->inspector->ReportException(message, exception);
}

void OnInterrupt(v8::Isolate *isolate, void *) {
    auto *self = static_cast<engine *>(isolate->GetData(0));
    runtime_interrupt(self->runtime);
    jsrun::JumpOn(self);
}

// The context, with the isolate entered. False: the heap is too small for it.
bool MakeContext(engine *self, const jsrun_runtime_options *options, const char *context_name,
                 jsrun_heap *heap) {
    JSRUN_GUARD(self, false);
    v8::Isolate *isolate = self->isolate;
    v8::HandleScope scope(isolate);
    isolate->AddMessageListener(OnMessage);
    v8::Local<v8::Context> context = jsrun::NewContext(isolate, options);
    self->context.Reset(isolate, context);
    if (options->inspect) jsrun::Inspector::Of(self, context_name);
    engine_heap(self, heap);
    return true;
}

void DropContext(engine *self) {
    JSRUN_GUARD(self);
    v8::HandleScope scope(self->isolate);
    if (self->inspector) {
        self->inspector->v8().contextDestroyed(self->context.Get(self->isolate));
        self->inspector.reset();
    }
    self->context.Reset();
}

} // namespace

// The isolate entered, outside of any entry.
namespace {

class Scope {
  public:
    explicit Scope(engine *engine) : engine_(engine) {
        ::new (locker_) v8::Locker(engine->isolate);
        engine->isolate->Enter();
        engine->thread = jsrun::ThisThread();
    }
    void Leave() {
        if (engine_->dead) return jsrun::LeaveDead(engine_, locker_);
        engine_->isolate->Exit();
        reinterpret_cast<v8::Locker *>(locker_)->~Locker();
    }

  private:
    engine *engine_;
    alignas(v8::Locker) char locker_[sizeof(v8::Locker)];
};

} // namespace

void engine_process_start(void) {
    // An interrupted system call of the host is the host's affair: no handlers of V8's for SIGSEGV.
    v8::V8::InitializePlatform(&Platform::Get());
#if V8_MAJOR_VERSION >= 13
    v8::V8::SetFlagsFromString("--inspector-live-edit");
#endif
    v8::V8::Initialize();
    jsrun::RegisterBuiltins();
}

const char *engine_version(void) { return v8::V8::GetVersion(); }

engine *engine_new(jsrun_runtime *runtime, const jsrun_runtime_options *options,
                   const char *context_name, jsrun_heap *heap) {
    auto self = std::make_unique<engine>();
    self->runtime = runtime;
    self->allocator = std::make_unique<jsrun::CountingAllocator>(
        options->buffer_limit ? options->buffer_limit : SIZE_MAX);
    self->tasks = std::make_shared<jsrun::ForegroundTasks>(runtime);

    v8::Isolate *isolate = v8::Isolate::Allocate();
    self->isolate = isolate;
    Platform::Get().AddIsolate(isolate, self->tasks); // V8 asks for it while it initialises
    v8::Isolate::CreateParams params;
    params.array_buffer_allocator = self->allocator.get();
    params.allow_atomics_wait = false; // would block the thread with the isolate entered
    if (options->heap_limit)
        params.constraints.ConfigureDefaultsFromHeapSize(options->initial_heap,
                                                         options->heap_limit);
    v8::Isolate::Initialize(isolate, params);

    isolate->SetData(0, self.get());
    isolate->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
    isolate->SetCaptureStackTraceForUncaughtExceptions(true, 64, v8::StackTrace::kDetailed);
    jsrun::WatchMemory(self.get());
    Scope scope(self.get());
    bool made = MakeContext(self.get(), options, context_name, heap);
    scope.Leave();
    if (made) return self.release();
    engine_free(self.release());
    return nullptr;
}

void engine_free(engine *self) {
    if (!self) return;
    v8::Isolate *isolate = self->isolate;
    if (!self->dead) {
        Scope scope(self);
        DropContext(self);
        scope.Leave();
    }
    if (self->dead) {
        // What the inspector would do for its end needs a heap: its few kilobytes stay.
        (void)self->inspector.release();
        self->context.Reset();
    }
    self->tasks->Close();
    isolate->Dispose();
    Platform::Get().RemoveIsolate(isolate);
    if (self->allocator->InUse()) (void)self->allocator.release();
    delete self;
}

void engine_enter(jsrun_entry *entry, bool outermost, uintptr_t stack_end) {
    static_assert(sizeof(v8::Locker) <= sizeof entry->locker_storage, "room for a Locker");
    static_assert(sizeof(v8::HandleScope) <= sizeof entry->scope_storage, "room for a HandleScope");
    engine *self = entry->engine;
    v8::Isolate *isolate = self->isolate;
    entry->isolate = nullptr;
    if (self->dead) return;
    if (outermost) {
        self->thread = jsrun::ThisThread();
        ::new (entry->locker_storage) v8::Locker(isolate);
        isolate->Enter();
        // The Locker has set a limit relative to this place, whatever the thread's stack is.
        uintptr_t here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
        isolate->SetStackLimit(std::max<uintptr_t>(here - kJavaScriptStack, stack_end));
    }
    ::new (entry->scope_storage) v8::HandleScope(isolate);
    v8::Local<v8::Context> context = self->context.Get(isolate);
    context->Enter();
    entry->isolate = isolate;
    entry->context = jsrun::Wrap(context);
}

void engine_leave(jsrun_entry *entry, bool outermost) {
    engine *self = entry->engine;
    v8::Isolate *isolate = self->isolate;
    if (!entry->isolate) return; // it was dead already
    if (self->dead) {
        if (outermost) jsrun::LeaveDead(self, entry->locker_storage);
        return;
    }
    jsrun::ContextOf(entry)->Exit();
    reinterpret_cast<v8::HandleScope *>(entry->scope_storage)->~HandleScope();
    if (outermost) {
        isolate->Exit();
        reinterpret_cast<v8::Locker *>(entry->locker_storage)->~Locker();
    }
}

void engine_heap(engine *self, jsrun_heap *heap) {
    *heap = {};
    if (self->dead) return;
    v8::HeapStatistics statistics;
    self->isolate->GetHeapStatistics(&statistics);
    *heap = {statistics.total_heap_size(), statistics.used_heap_size(),
             statistics.external_memory(), statistics.total_physical_size()};
}

bool engine_is_dead(const engine *self) { return self->dead; }

void engine_prepare_to_close(engine *self) { self->closing = true; }

void engine_terminate(engine *self) {
    if (!self->dead) self->isolate->TerminateExecution();
}

void engine_cancel_terminate(engine *self) {
    if (!self->dead) self->isolate->CancelTerminateExecution();
}

void engine_renew_termination(engine *self) {
    if (self->dead || !self->isolate->IsExecutionTerminating()) return;
    self->isolate->CancelTerminateExecution();
    self->isolate->TerminateExecution();
}

void engine_unwind(jsrun_entry *entry) {
    JSRUN_GUARD(entry->engine);
    v8::Isolate *isolate = jsrun::IsolateOf(entry);
    v8::Local<v8::Context> context = jsrun::ContextOf(entry);
    if (isolate->IsExecutionTerminating()) return; // it is on its way already
    // The first call of a function meets the termination, which then is on its way when V8 gets the
    // thread back. To make that function the termination has to step aside.
    isolate->CancelTerminateExecution();
    v8::Local<v8::Value> function;
    v8::Local<v8::Script> script;
    v8::Local<v8::String> source = v8::String::NewFromUtf8Literal(isolate, "(() => {})");
    bool made = v8::Script::Compile(context, source).ToLocal(&script) &&
                script->Run(context).ToLocal(&function);
    isolate->TerminateExecution();
    if (!made) return;
    bool returned =
        !function.As<v8::Function>()->Call(context, v8::Undefined(isolate), 0, nullptr).IsEmpty();
    (void)returned; // it never is
}

void engine_request_interrupt(engine *self) {
    if (!self->dead) self->isolate->RequestInterrupt(OnInterrupt, nullptr);
}

bool engine_run_tasks(engine *self) {
    JSRUN_GUARD(self, false);
    return self->tasks->RunDue();
}

double engine_next_task(engine *self) { return self->tasks->UntilNext(); }

engine_outcome engine_run_microtasks(jsrun_entry *entry) {
    JSRUN_GUARD(entry->engine, ENGINE_TERMINATED);
    v8::Isolate *isolate = jsrun::IsolateOf(entry);
    v8::TryCatch caught(isolate);
    isolate->PerformMicrotaskCheckpoint();
    return caught.HasTerminated() || isolate->IsExecutionTerminating() ? ENGINE_TERMINATED
                                                                       : ENGINE_OK;
}
