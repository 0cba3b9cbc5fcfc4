#include "v8/inspector.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "v8/embedder.h"
#include "v8/guard.h"
#include "v8/inspector_scope.h"
#include "v8/parts.h"

namespace jsrun {

namespace {

v8_inspector::StringView View(const char *ascii) {
    return v8_inspector::StringView(reinterpret_cast<const uint8_t *>(ascii), std::strlen(ascii));
}

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
    // Only if it begins with `start`.
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

void AppendUtf8(uint32_t code, std::string &out) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | code >> 6);
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0 | code >> 12);
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | code >> 18);
        out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    }
}

// A lone surrogate has no UTF-8: U+FFFD stands for it.
std::string Utf8(const v8_inspector::StringView &text) {
    std::string out;
    out.reserve(text.length() + text.length() / 8);
    for (size_t i = 0; i < text.length(); i++) {
        uint32_t code = text.is8Bit() ? text.characters8()[i] : text.characters16()[i];
        if (code >= 0xD800 && code < 0xE000) {
            uint32_t low = code < 0xDC00 && i + 1 < text.length() ? text.characters16()[i + 1] : 0;
            if (low >= 0xDC00 && low < 0xE000) {
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                i++;
            } else {
                code = 0xFFFD;
            }
        }
        AppendUtf8(code, out);
    }
    return out;
}

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
    if (context->Global()
            ->Get(context, v8::String::NewFromUtf8Literal(isolate, "console"))
            .ToLocal(&console) &&
        console->IsObject()) {
        console.As<v8::Object>()
            ->Delete(context, v8::String::NewFromUtf8Literal(isolate, "createTask"))
            .Check();
    }
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

void engine_tell_rejection(jsrun_entry *entry, jsrun_value reason) {
    engine *self = entry->engine;
    JSRUN_GUARD(self);
    if (!self->inspector) return;
    v8::Local<v8::Value> value = jsrun::Unwrap(reason);
    v8::HandleScope scope(self->isolate);
    self->inspector->ReportException(v8::Exception::CreateMessage(self->isolate, value), value,
                                     true);
}

// One attached client: V8's session, and the channel by which it answers.
struct engine_session final : public v8_inspector::V8Inspector::Channel {
    struct engine *engine = nullptr;
    jsrun_session *client = nullptr;
#if V8_MAJOR_VERSION >= 13
    std::shared_ptr<v8_inspector::V8InspectorSession> session;
#else
    std::unique_ptr<v8_inspector::V8InspectorSession> session;
#endif

    void sendResponse(int, std::unique_ptr<v8_inspector::StringBuffer> message) override {
        Send(*message);
    }
    void sendNotification(std::unique_ptr<v8_inspector::StringBuffer> message) override {
        Send(*message);
    }
    void flushProtocolNotifications() override {}

  private:
    void Send(const v8_inspector::StringBuffer &message) {
        std::string text = jsrun::Utf8(message.string());
        runtime_session_message(client, text.data(), text.size());
    }
};

void engine_inspect(engine *engine, const char *context_name) {
    JSRUN_GUARD(engine);
    v8::HandleScope scope(engine->isolate);
    jsrun::Inspector::Of(engine, context_name);
}

engine_session *engine_session_new(engine *engine, jsrun_session *client,
                                   const char *context_name) {
    JSRUN_GUARD(engine, nullptr);
    v8::HandleScope scope(engine->isolate);
    v8_inspector::V8Inspector &inspector = jsrun::Inspector::Of(engine, context_name).v8();
    auto self = std::make_unique<engine_session>();
    self->engine = engine;
    self->client = client;
#if V8_MAJOR_VERSION >= 13
    self->session = inspector.connectShared(jsrun::Inspector::kContextGroup, self.get(),
                                            v8_inspector::StringView(),
                                            v8_inspector::V8Inspector::kFullyTrusted,
                                            v8_inspector::V8Inspector::kNotWaitingForDebugger);
#else
    self->session =
        inspector.connect(jsrun::Inspector::kContextGroup, self.get(), v8_inspector::StringView());
#endif
    jsrun::InspectorScope::CountClient(engine, 1);
    return self.release();
}

void engine_session_free(engine_session *session) {
    jsrun::InspectorScope::CountClient(session->engine, -1);
    // V8's half of a session of a dead isolate stays: its end needs a heap.
    JSRUN_GUARD(session->engine);
    delete session;
}

void engine_session_dispatch(engine_session *session, const uint16_t *message, size_t length) {
    JSRUN_GUARD(session->engine);
    jsrun::InspectorScope inspecting(session->engine);
    jsrun::CompleteGlobals(session->engine);
    session->session->dispatchProtocolMessage(v8_inspector::StringView(message, length));
    jsrun::WatchMemoryAgain(session->engine);
}

void engine_session_break(engine_session *session, const char *reason, const char *details) {
    JSRUN_GUARD(session->engine);
    session->session->breakProgram(jsrun::View(reason), jsrun::View(details));
}

void engine_session_pause_on_next(engine_session *session, const char *reason) {
    JSRUN_GUARD(session->engine);
    // V8 thinks of a request that it was sent while idle as pending, and would not make it again.
    session->session->cancelPauseOnNextStatement();
    session->session->schedulePauseOnNextStatement(jsrun::View(reason), jsrun::View("{}"));
}
