// V8's inspector for one isolate.
#ifndef RUNTIME_V8_ISOLATE_INSPECTOR_H
#define RUNTIME_V8_ISOLATE_INSPECTOR_H

#include <v8-inspector.h>

#include <unordered_map>

#include "v8/isolate.h"

namespace jsrun {

// A text in the inspector's own form.
inline v8_inspector::StringView View(const char *ascii) {
    return v8_inspector::StringView(reinterpret_cast<const uint8_t *>(ascii), std::strlen(ascii));
}

class Inspector : public v8_inspector::V8InspectorClient {
  public:
    // One context group: its contexts are debugged together.
    static constexpr int kContextGroup = 1;

    Inspector(engine *engine, v8::Local<v8::Context> context, const char *context_name);
    ~Inspector() override;

    // The engine's inspector, which is made if it is not there yet. With the isolate, inside a
    // handle scope.
    static Inspector &Of(engine *engine, const char *context_name);

    // Gives a new context the number that an engine's context has for its inspector, and V8
    // remembers that number for every script that is compiled in it: debuggers are shown those that
    // have it, also those from before there was an inspector.
    static void Number(v8::Isolate *isolate, v8::Local<v8::Context> context);

    v8_inspector::V8Inspector &v8() { return *inspector_; }

    // An exception that no JavaScript caught, or the reason of a promise that nothing handles:
    // Runtime.exceptionThrown.
    void ReportException(v8::Local<v8::Message> message, v8::Local<v8::Value> exception,
                         bool in_promise);

    void runMessageLoopOnPause(int context_group) override;
    void quitMessageLoopOnPause() override;
    void runIfWaitingForDebugger(int context_group) override;
    v8::Local<v8::Context> ensureDefaultContextInGroup(int context_group) override;
    double currentTimeMS() override;
    // V8 is about to describe a value.
    std::unique_ptr<v8_inspector::StringBuffer> valueSubtype(v8::Local<v8::Value> value) override;
    // For what it tells again and again, such as the sizes of the allocation timeline. Between jobs
    // only.
    void startRepeatingTimer(double seconds, TimerCallback callback, void *data) override;
    void cancelTimer(void *data) override;

  private:
    class TimerTask;

    engine *engine_;
    std::unordered_map<void *, std::shared_ptr<bool>> timers_; // each with whether it was cancelled
    std::unique_ptr<v8_inspector::V8Inspector> inspector_;
};

} // namespace jsrun

#endif
