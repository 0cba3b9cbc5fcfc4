// Stopping and interrupting JavaScript.

#include <mutex>

#include "v8/embedder.h"
#include "v8/engine_run.h"
#include "v8/guard.h"
#include "v8/inspector_scope.h"
#include "v8/native.h"

using namespace jsrun;

namespace {

// More frames than this are not counted.
constexpr int kFramesMax = 200;

// A built-in function that the host has called has no frame of a script below it. What the
// inspector does of its own accord, a promise's reaction, is over before this many seconds.
constexpr double kPatience = 0.2;

int CountScriptFrames(v8::Isolate *isolate) {
    v8::HandleScope scope(isolate);
    v8::Local<v8::StackTrace> trace = v8::StackTrace::CurrentStackTrace(isolate, kFramesMax);
    int count = 0;
    for (int i = 0; i < trace->GetFrameCount(); i++)
        count += trace->GetFrame(isolate, static_cast<uint32_t>(i))->IsUserJavaScript();
    return count;
}

void OnInterrupt(v8::Isolate *isolate, void *) {
    engine *self = EngineOf(isolate);
    if (self->runs_part) {
        self->owes_interrupt = true;
        return;
    }
    OutOfV8(self, [self] { runtime_interrupt(self->runtime); });
    InspectorScope::MeetTermination(self);
}

void Terminate(engine *engine) {
    std::lock_guard<std::mutex> guard(engine->interrupting);
    if (!engine->dead) engine->isolate->TerminateExecution();
}

// termination_lock held.
void RequestTermination(engine *engine) {
    if (engine->dead) return;
    if (engine->inspecting || engine->clients > 0)
        engine_request_interrupt(engine);
    else
        Terminate(engine);
}

} // namespace

// --- terminations and the inspector --------------------------------------------------------------

InspectorScope::InspectorScope(engine *engine)
    : engine_(engine), frames_(CountScriptFrames(engine->isolate)) {
    std::lock_guard<std::mutex> guard(engine->termination_lock);
    outer_ = engine->inspecting;
    engine->inspecting = this;
    if (engine->terminating) engine->isolate->CancelTerminateExecution();
}

InspectorScope::~InspectorScope() {
    std::lock_guard<std::mutex> guard(engine_->termination_lock);
    engine_->inspecting = outer_;
    if (renew_)
        engine_->isolate->TerminateExecution();
    else if (engine_->terminating)
        RequestTermination(engine_);
}

bool InspectorScope::IsTerminating(engine *engine) {
    std::lock_guard<std::mutex> guard(engine->termination_lock);
    return engine->terminating;
}

void InspectorScope::MeetTermination(engine *engine) {
    if (!IsTerminating(engine)) return;
    // V8 allocates for that, and may run out of memory: not under the lock.
    int frames = CountScriptFrames(engine->isolate);
    std::lock_guard<std::mutex> guard(engine->termination_lock);
    InspectorScope *self = engine->inspecting;
    if (!engine->terminating || (self && self->describing_)) return;
    bool late = !self && Platform::Get().MonotonicallyIncreasingTime() >
                             engine->termination_asked + kPatience;
    if (frames > (self ? self->frames_ : 0) || frames == kFramesMax || late)
        engine->isolate->TerminateExecution();
}

void InspectorScope::Describing(engine *engine) {
    std::lock_guard<std::mutex> guard(engine->termination_lock);
    if (!engine->inspecting) return;
    engine->inspecting->describing_ = true;
    if (!engine->isolate->IsExecutionTerminating()) return;
    if (!engine->terminating) engine->inspecting->renew_ = true;
    engine->isolate->CancelTerminateExecution();
}

void InspectorScope::Resumed(engine *engine) {
    std::lock_guard<std::mutex> guard(engine->termination_lock);
    if (engine->inspecting) engine->inspecting->describing_ = false;
    if (engine->terminating) engine->isolate->TerminateExecution();
}

void InspectorScope::CountClient(engine *engine, int change) {
    std::lock_guard<std::mutex> guard(engine->termination_lock);
    engine->clients += change;
}

// --- for the C code ------------------------------------------------------------------------------

void engine_terminate(engine *self) {
    std::lock_guard<std::mutex> guard(self->termination_lock);
    if (!self->terminating) self->termination_asked = Platform::Get().MonotonicallyIncreasingTime();
    self->terminating = true;
    RequestTermination(self);
}

void engine_cancel_terminate(engine *self) {
    std::lock_guard<std::mutex> guard(self->termination_lock);
    self->terminating = false;
    if (!self->dead) self->isolate->CancelTerminateExecution();
}

void engine_renew_termination(engine *self) {
    if (self->dead || !self->isolate->IsExecutionTerminating()) return;
    self->isolate->CancelTerminateExecution();
    self->isolate->TerminateExecution();
}

void engine_unwind(jsrun_entry *entry) {
    JSRUN_GUARD(entry->engine);
    v8::Isolate *isolate = IsolateOf(entry);
    if (isolate->IsExecutionTerminating()) return; // V8 unwinds already
    // With clients attached it may not have been passed on to V8 yet.
    isolate->TerminateExecution();
    // V8 then unwinds as soon as it gets the thread back.
    LookForInterrupts(ContextOf(entry));
}

void engine_request_interrupt(engine *self) {
    std::lock_guard<std::mutex> lock(self->interrupting);
    if (!self->dead) self->isolate->RequestInterrupt(OnInterrupt, nullptr);
}

void engine_look_for_interrupts(jsrun_entry *entry) {
    JSRUN_GUARD(entry->engine);
    v8::Isolate *isolate = IsolateOf(entry);
    v8::HandleScope scope(isolate);
    v8::TryCatch ignored(isolate);
    LookForInterrupts(ContextOf(entry));
}
