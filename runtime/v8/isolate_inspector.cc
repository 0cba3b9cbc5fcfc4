#include "v8/isolate_inspector.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "v8/embedder.h"
#include "v8/guard.h"
#include "v8/inspector_scope.h"
#include "v8/engine_inspector.h"

namespace jsrun {

namespace {

// A JavaScript string in the inspector's own form; keeps the characters alive.
class ViewOf {
  public:
    ViewOf(v8::Isolate *isolate, v8::Local<v8::Value> value) {
        v8::Local<v8::String> string;
        if (value.IsEmpty() || !value->IsString()) return;
        string = value.As<v8::String>();
        characters_.resize(static_cast<size_t>(string->Length()));
        CopyString(isolate, string, characters_.data());
    }
    v8_inspector::StringView view() const {
        return v8_inspector::StringView(characters_.data(), characters_.size());
    }
    // Only if it starts with `start`.
    void InsertAfter(std::string_view start, std::string_view text) {
        if (characters_.size() < start.size() ||
            !std::equal(start.begin(), start.end(), characters_.begin()))
            return;
        characters_.insert(characters_.begin() + static_cast<std::ptrdiff_t>(start.size()),
                           text.begin(), text.end());
    }

  private:
    std::vector<uint16_t> characters_;
};

} // namespace

Inspector::Inspector(engine *engine, v8::Local<v8::Context> context, const char *context_name)
    : engine_(engine) {
    inspector_ = v8_inspector::V8Inspector::create(engine->isolate, this);
    ViewOf name(
        engine->isolate,
        v8::String::NewFromUtf8(engine->isolate, context_name).FromMaybe(v8::Local<v8::String>()));
    v8_inspector::V8ContextInfo info(context, kContextGroup, name.view());
    // DevTools takes the context with isDefault for the one that its console evaluates in.
    info.auxData = View("{\"isDefault\":true}");
    inspector_->contextCreated(info);
}

Inspector::~Inspector() {
    for (auto &timer : timers_) *timer.second = true;
}

Inspector &Inspector::Of(engine *engine, const char *context_name) {
    if (!engine->inspector) {
        engine->inspector =
            std::make_unique<Inspector>(engine, engine->context.Get(engine->isolate), context_name);
    }
    return *engine->inspector;
}

void Inspector::Number(v8::Isolate *isolate, v8::Local<v8::Context> context) {
    v8_inspector::V8InspectorClient nobody;
    std::unique_ptr<v8_inspector::V8Inspector> inspector =
        v8_inspector::V8Inspector::create(isolate, &nobody);
    inspector->contextCreated(v8_inspector::V8ContextInfo(context, kContextGroup, View("")));
    inspector->contextDestroyed(context);
    // A function that belongs to the inspector, which takes it for granted that it lives as long.
    v8::Local<v8::Value> console;
    if (context->Global()->Get(context, Text(isolate, "console")).ToLocal(&console) &&
        console->IsObject())
        console.As<v8::Object>()->Delete(context, Text(isolate, "createTask")).Check();
}

void Inspector::ReportException(v8::Local<v8::Message> message, v8::Local<v8::Value> exception,
                                bool in_promise) {
    v8::Isolate *isolate = engine_->isolate;
    v8::HandleScope scope(isolate);
    InspectorScope inspecting(engine_);
    v8::Local<v8::Context> context = engine_->context.Get(isolate);
    v8::Local<v8::StackTrace> trace = message->GetStackTrace();
    int script = message->GetScriptOrigin().ScriptId();
    // The trace names the script already, unless the exception comes from somewhere else.
    if (!trace.IsEmpty() && trace->GetFrameCount() > 0 &&
        trace->GetFrame(isolate, 0)->GetScriptId() == script) {
        script = 0;
    }
    ViewOf detail(isolate, message->Get());
    if (in_promise) detail.InsertAfter("Uncaught", " (in promise)");
    ViewOf url(isolate, message->GetScriptResourceName());
    inspector_->exceptionThrown(
        context, View(in_promise ? "Uncaught (in promise)" : "Uncaught"), exception, detail.view(),
        url.view(), static_cast<unsigned>(message->GetLineNumber(context).FromMaybe(0)),
        static_cast<unsigned>(message->GetStartColumn(context).FromMaybe(0)) + 1,
        inspector_->createStackTrace(trace), script);
}

void Inspector::runMessageLoopOnPause(int) {
    OutOfV8(engine_, [this] { runtime_pause(engine_->runtime); });
    InspectorScope::Resumed(engine_);
}

void Inspector::quitMessageLoopOnPause() { runtime_end_pause(engine_->runtime); }

void Inspector::runIfWaitingForDebugger(int) { runtime_debugger_ready(engine_->runtime); }

v8::Local<v8::Context> Inspector::ensureDefaultContextInGroup(int) {
    return engine_->context.Get(engine_->isolate);
}

std::unique_ptr<v8_inspector::StringBuffer> Inspector::valueSubtype(v8::Local<v8::Value>) {
    InspectorScope::Describing(engine_);
    return nullptr;
}

class Inspector::TimerTask final : public v8::Task {
  public:
    TimerTask(engine *engine, double seconds, TimerCallback callback, void *data,
              std::shared_ptr<bool> cancelled)
        : engine_(engine), seconds_(seconds), callback_(callback), data_(data),
          cancelled_(std::move(cancelled)) {}

    void Run() override {
        if (*cancelled_) return;
        callback_(data_);
        if (!*cancelled_) Post();
    }

    // The task is made anew for each time.
    void Post() {
        engine_->tasks->PostDelayedTask(
            std::make_unique<TimerTask>(engine_, seconds_, callback_, data_, cancelled_), seconds_);
    }

  private:
    engine *engine_;
    double seconds_;
    TimerCallback callback_;
    void *data_;
    std::shared_ptr<bool> cancelled_;
};

void Inspector::startRepeatingTimer(double seconds, TimerCallback callback, void *data) {
    cancelTimer(data);
    auto cancelled = std::make_shared<bool>(false);
    timers_[data] = cancelled;
    TimerTask(engine_, seconds, callback, data, cancelled).Post();
}

void Inspector::cancelTimer(void *data) {
    auto timer = timers_.find(data);
    if (timer == timers_.end()) return;
    *timer->second = true;
    timers_.erase(timer);
}

double Inspector::currentTimeMS() { return Platform::Get().CurrentClockTimeMillis(); }

} // namespace jsrun

using namespace jsrun;

void engine_tell_rejection(jsrun_entry *entry, jsrun_value reason) {
    engine *self = entry->engine;
    JSRUN_GUARD(self);
    if (!self->inspector) return;
    v8::Local<v8::Value> value = Unwrap(reason);
    v8::HandleScope scope(self->isolate);
    self->inspector->ReportException(v8::Exception::CreateMessage(self->isolate, value), value,
                                     true);
}

void engine_inspect(engine *engine, const char *context_name) {
    JSRUN_GUARD(engine);
    v8::HandleScope scope(engine->isolate);
    Inspector::Of(engine, context_name);
}

void engine_async_scheduled(engine *engine, const char *name, void *task, bool recurring) {
    JSRUN_GUARD(engine);
    if (!engine->inspector) return;
    engine->inspector->v8().asyncTaskScheduled(View(name), task, recurring);
}

void engine_async_started(engine *engine, void *task) {
    JSRUN_GUARD(engine);
    if (engine->inspector) engine->inspector->v8().asyncTaskStarted(task);
}

void engine_async_finished(engine *engine, void *task) {
    JSRUN_GUARD(engine);
    if (engine->inspector) engine->inspector->v8().asyncTaskFinished(task);
}

void engine_async_canceled(engine *engine, void *task) {
    JSRUN_GUARD(engine);
    if (engine->inspector) engine->inspector->v8().asyncTaskCanceled(task);
}
