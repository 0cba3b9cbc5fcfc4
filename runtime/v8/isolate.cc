// The life of an isolate, and who has entered it.

#include <algorithm>
#include <cmath>
#include <new>
#include <optional>

#include <sys/random.h>

#include "v8/builtins.h"
#include "v8/embedder.h"
#include "v8/guard.h"
#include "v8/inspector.h"
#include "v8/inspector_scope.h"
#include "v8/local.h"
#include "v8/modules.h"
#include "v8/parts.h"
#include "v8/promise.h"
#include "v8/start.h"
#include "v8/wasm.h"

using jsrun::Platform;

engine::engine() = default;
engine::~engine() = default;

namespace {

// V8 keeps this much stack free below the limit for its own C++; handlers of the host need some as well.
constexpr size_t kJavaScriptStack = 984 * 1024;

// Snapshots carry a checksum of ours. asm.js is JavaScript like any other: what V8 would make of it cannot be in a
// snapshot.
constexpr char kFlags[] = "--no-verify-snapshot-checksum --no-validate-asm"
#if V8_MAJOR_VERSION >= 13
                          " --inspector-live-edit"
#else
                          " --harmony-import-assertions" // what became import attributes
#endif
    ;

// V8 is told of another stack limit when the stack has moved by so much.
constexpr intptr_t kStackSlack = 64 * 1024;

// Inside of an isolate, for its making and its end. V8 asks for a Locker only once an isolate has had one.
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
        jsrun::LeaveDead(engine_);
        locker_.reset();
        jsrun::ForgetStack(engine_);
    }
    Inside(const Inside &) = delete;
    Inside &operator=(const Inside &) = delete;

  private:
    engine *engine_;
    std::optional<v8::Locker> locker_; // ends after the isolate was left
};

// A Locker restores the thread's limit; if it is the thread's first one, it sets a limit of its own, relative to this
// place, whatever the thread's stack is.
void LimitStack(engine *engine, const void *thread) {
    uintptr_t here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    auto moved = static_cast<intptr_t>(here - engine->stack_place);
    if (engine->stack_thread == thread && -kStackSlack < moved && moved < kStackSlack) return;
    engine->isolate->SetStackLimit(
        std::max<uintptr_t>(here - kJavaScriptStack, runtime_stack_end()));
    engine->stack_place = here;
    engine->stack_thread = thread;
}

// Leaves what a thread that stays here, or has stayed, has entered together with the isolate.
void LeaveContextInside(engine *engine) {
    if (engine->context_inside.IsEmpty()) return;
    engine->context_inside->Exit();
    engine->context_inside.Clear();
    reinterpret_cast<v8::HandleScope *>(engine->scope_inside)->~HandleScope();
}

// The same of an isolate that has died. The blocks of handles are freed, which V8 would not do.
void ForgetContextInside(engine *engine) {
    if (engine->context_inside.IsEmpty()) return;
    engine->context_inside.Clear();
    reinterpret_cast<v8::HandleScope *>(engine->scope_inside)->~HandleScope();
}

bool Locks(engine_way way) { return way == ENGINE_LOCKS || way == ENGINE_KEEPS; }

void Lock(jsrun_entry *entry) {
    v8::Isolate *isolate = entry->engine->isolate;
    engine_locker *kept = entry->locker;
    if (entry->way == ENGINE_LOCKS) {
        ::new (entry->locker_storage) v8::Locker(isolate);
    } else if (kept->kept) {
        reinterpret_cast<v8::Unlocker *>(kept->unlocker)->~Unlocker();
    } else {
        ::new (kept->locker) v8::Locker(isolate);
        kept->kept = true;
    }
}

// For good. V8 gives back what it has for the thread.
void Unlock(jsrun_entry *entry) {
    bool keeps = entry->way == ENGINE_KEEPS;
    void *locker = keeps ? entry->locker->locker : entry->locker_storage;
    if (keeps) entry->locker->kept = false;
    static_cast<v8::Locker *>(locker)->~Locker();
}

// Until the thread comes again. Not while a debugger is attached: the steps that it makes are among what V8 has for the
// thread, and when V8 takes them up again it expects to find the frames.
void UnlockForNow(jsrun_entry *entry) {
    if (entry->engine->clients > 0)
        Unlock(entry);
    else
        ::new (entry->locker->unlocker) v8::Unlocker(entry->engine->isolate);
}

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

void OnMessage(v8::Local<v8::Message> message, v8::Local<v8::Value> exception) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    auto *self = static_cast<engine *>(isolate->GetData(0));
    if (self->inspector) self->inspector->ReportException(message, exception, false);
    if (self->unattended)
        jsrun::OutOfV8(self, [&] {
            runtime_threw(self->runtime, jsrun::Wrap(exception), jsrun::Wrap(message));
        });
}

void OnInterrupt(v8::Isolate *isolate, void *) {
    auto *self = static_cast<engine *>(isolate->GetData(0));
    if (self->runs_part) {
        self->owes_interrupt = true;
        return;
    }
    jsrun::OutOfV8(self, [self] { runtime_interrupt(self->runtime); });
    jsrun::InspectorScope::MeetTermination(self);
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
    if (options->web_globals) jsrun::DefineGlobals(context, jsrun::Part::kWeb);
    if (options->inspect) jsrun::Inspector::Of(self, context_name);
    engine_heap(self, heap);
    return true;
}

void DropContext(engine *self, bool for_snapshot) {
    JSRUN_GUARD(self);
    v8::HandleScope scope(self->isolate);
    jsrun::CloseWires(self);
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

// For seeds. V8 by itself opens /dev/urandom for each, and reads 4096 bytes to use 8.
static bool FillWithEntropy(unsigned char *bytes, size_t size) {
    return getrandom(bytes, size, 0) == static_cast<ssize_t>(size);
}

void engine_process_start(void) {
    v8::V8::SetEntropySource(FillWithEntropy);
    // An interrupted system call of the host is the host's affair: no handlers of V8's for SIGSEGV.
    v8::V8::InitializePlatform(&Platform::Get());
    v8::V8::SetFlagsFromString(kFlags);
    jsrun::WatchFailedChecks();
    v8::V8::Initialize();
    jsrun::RegisterBuiltins();
}

void engine_process_start_for_snapshot(void) {
    // V8 would throw away the code of other functions, but not that of extensions.
    v8::V8::SetFlagsFromString("--no-opt --no-sparkplug");
#if V8_MAJOR_VERSION >= 13
    v8::V8::SetFlagsFromString("--no-maglev");
#endif
    engine_process_start();
}

const char *engine_version(void) { return v8::V8::GetVersion(); }

const char *engine_flags(void) { return kFlags; }

uintptr_t engine_address(void) { return reinterpret_cast<uintptr_t>(&v8::V8::GetVersion); }

engine *engine_new(jsrun_runtime *runtime, const jsrun_runtime_options *options,
                   const char *context_name, jsrun_heap *heap) {
    auto self = std::make_unique<engine>();
    self->runtime = runtime;
    self->stream_functions = options->stream_functions;
    self->console = !options->console         ? jsrun::ConsoleMode::kOff
                    : options->console_values ? jsrun::ConsoleMode::kValues
                                              : jsrun::ConsoleMode::kText;
    self->console_function = options->console_function;
    self->start = std::make_unique<jsrun::Start>(options);
    self->allocator = std::make_shared<jsrun::CountingAllocator>(
        options->buffer_limit ? options->buffer_limit : SIZE_MAX);
    self->tasks = std::make_shared<jsrun::ForegroundTasks>(runtime);

    v8::Isolate *isolate = v8::Isolate::Allocate();
    self->isolate = isolate;
    Platform::Get().AddIsolate(isolate, self->tasks); // V8 asks for it while it initialises
    v8::Isolate::CreateParams params;
    params.array_buffer_allocator_shared = self->allocator;
    params.allow_atomics_wait = false; // would block the thread with the isolate entered
    if (options->heap_limit) LimitHeap(params.constraints, options);
    self->start->Initialize(isolate, params);

    isolate->SetData(0, self.get());
    jsrun::WatchRejections(isolate);
    jsrun::EnableModules(isolate);
    jsrun::EnableWasmStreaming(isolate);
    isolate->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
    isolate->SetCaptureStackTraceForUncaughtExceptions(true, 64, v8::StackTrace::kDetailed);
    jsrun::WatchMemory(self.get());
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
    if (!self->dead) {
        Inside inside(self, shared);
        DropContext(self, blob != nullptr);
        if (blob) *blob = TakeSnapshot(self);
    }
    if (self->dead) {
        jsrun::CloseWires(self);
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
    if (self->start->IsForSnapshot())
        self->start->Dispose(self->isolate);
    else
        self->isolate->Dispose();
    Platform::Get().RemoveIsolate(self->isolate);
    delete self;
}

// --- ways in ----------------------------------------------------------------------------------------

void engine_move_in(engine *self) {
    if (self->dead) return;
    self->isolate->Enter();
    ::new (self->scope_inside) v8::HandleScope(self->isolate);
    self->context_inside = self->context.Get(self->isolate);
    self->context_inside->Enter();
}

void engine_move_out(engine *self, bool shared) {
    if (self->dead) {
        jsrun::LeaveDead(self);
        ForgetContextInside(self);
        return;
    }
    std::optional<v8::Locker> locker;
    if (shared) locker.emplace(self->isolate);
    LeaveContextInside(self);
    self->isolate->Exit();
}

void engine_drop_locker(engine *self, engine_locker *locker) {
    bool kept = locker->kept;
    locker->kept = false;
    // V8 may have died with locks held that it needs for this; the few kilobytes that it has for the thread stay.
    if (!kept || !self) return;
    reinterpret_cast<v8::Unlocker *>(locker->unlocker)->~Unlocker();
    reinterpret_cast<v8::Locker *>(locker->locker)->~Locker();
}

void engine_enter(jsrun_entry *entry) {
    static_assert(sizeof(v8::Locker) <= sizeof entry->locker_storage, "room for a Locker");
    static_assert(sizeof(v8::Locker) <= sizeof entry->locker->locker, "room for a Locker");
    static_assert(sizeof(v8::Unlocker) <= sizeof entry->locker->unlocker, "room for an Unlocker");
    static_assert(sizeof(v8::HandleScope) <= sizeof entry->scope_storage, "room for a HandleScope");
    engine *self = entry->engine;
    v8::Isolate *isolate = self->isolate;
    engine_way way = entry->way;
    entry->isolate = isolate;
    entry->context = nullptr;
    if (self->dead) return;
    entry->came_from_another = way == ENGINE_NESTS && v8::Isolate::TryGetCurrent() != isolate;
    if (Locks(way)) Lock(entry);
    if (Locks(way) || way == ENGINE_VISITS || entry->came_from_another) isolate->Enter();
    if (way != ENGINE_NESTS) LimitStack(self, entry->thread);
    // Of another thread, and in the way: V8 would take it to be this one's.
    if (Locks(way)) LeaveContextInside(self);

    ::new (entry->scope_storage) v8::HandleScope(isolate);
    if (way == ENGINE_STAYS) {
        entry->context = jsrun::Wrap(self->context_inside);
        return;
    }
    v8::Local<v8::Context> context = self->context.Get(isolate);
    entry->context = jsrun::Wrap(context);
    context->Enter();
}

static void LeaveDeadEntry(jsrun_entry *entry) {
    jsrun::LeaveDead(entry->engine);
    reinterpret_cast<v8::HandleScope *>(entry->scope_storage)->~HandleScope();
    if (entry->way == ENGINE_NESTS) return;
    ForgetContextInside(entry->engine);
    if (Locks(entry->way)) Unlock(entry);
    jsrun::ForgetStack(entry->engine);
}

void engine_leave(jsrun_entry *entry) {
    v8::Isolate *isolate = jsrun::IsolateOf(entry);
    engine_way way = entry->way;
    if (!entry->context) return; // it was dead already
    if (entry->engine->dead) return LeaveDeadEntry(entry);
    if (way != ENGINE_STAYS) jsrun::ContextOf(entry)->Exit();
    reinterpret_cast<v8::HandleScope *>(entry->scope_storage)->~HandleScope();
    if (Locks(way) || way == ENGINE_VISITS || entry->came_from_another) isolate->Exit();
    if (way == ENGINE_LOCKS) Unlock(entry);
    if (way == ENGINE_KEEPS) UnlockForNow(entry);
}

void engine_heap(engine *self, jsrun_heap *heap) {
    *heap = {};
    if (self->dead) return;
    v8::HeapStatistics statistics;
    self->isolate->GetHeapStatistics(&statistics);
    size_t external = statistics.external_memory();
    external -= std::min(external, jsrun::BuiltinBytes());
    *heap = {statistics.total_heap_size(), statistics.used_heap_size(), external,
             statistics.total_physical_size()};
}

bool engine_is_dead(const engine *self) { return self->dead; }

void engine_renew_termination(engine *self) {
    if (self->dead || !self->isolate->IsExecutionTerminating()) return;
    self->isolate->CancelTerminateExecution();
    self->isolate->TerminateExecution();
}

void engine_look_for_interrupts(jsrun_entry *entry) {
    JSRUN_GUARD(entry->engine);
    v8::Isolate *isolate = jsrun::IsolateOf(entry);
    v8::HandleScope scope(isolate);
    v8::TryCatch ignored(isolate);
    jsrun::LookForInterrupts(jsrun::ContextOf(entry));
}

void engine_unwind(jsrun_entry *entry) {
    JSRUN_GUARD(entry->engine);
    v8::Isolate *isolate = jsrun::IsolateOf(entry);
    if (isolate->IsExecutionTerminating()) return; // it is on its way already
    isolate->TerminateExecution(); // with clients attached it may not have been passed on to V8 yet
    // It then is on its way when V8 gets the thread back.
    jsrun::LookForInterrupts(jsrun::ContextOf(entry));
}

void engine_request_interrupt(engine *self) {
    std::lock_guard<std::mutex> lock(self->interrupting);
    if (!self->dead) self->isolate->RequestInterrupt(OnInterrupt, nullptr);
}

bool engine_run_tasks(engine *self) {
    JSRUN_GUARD(self, false);
    double now = Platform::Get().MonotonicallyIncreasingTime();
    bool ran = false;
    // What a task is stopped in the middle of, V8 may post once more.
    while (!jsrun::InspectorScope::IsTerminating(self) && self->tasks->RunNext(now)) ran = true;
    return ran;
}

double engine_next_task(engine *self) { return self->tasks->UntilNext(); }
