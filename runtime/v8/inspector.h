// V8's inspector for one isolate.
#ifndef RUNTIME_V8_INSPECTOR_H
#define RUNTIME_V8_INSPECTOR_H

#include <v8-inspector.h>

#include "v8/local.h"

namespace jsrun {

class Inspector : public v8_inspector::V8InspectorClient {
  public:
    // One context group: its contexts are debugged together.
    static constexpr int kContextGroup = 1;

    Inspector(engine *engine, v8::Local<v8::Context> context, const char *context_name);
    ~Inspector() override;

    // The engine's inspector, which is made if it is not there yet. With the isolate, inside a handle scope.
    static Inspector &Of(engine *engine, const char *context_name);

    // Gives the first context the number that the context of a runtime has for its inspector, and so those that are
    // compiled in it from now on: debuggers are shown them in every runtime from the snapshot. Those of the
    // second one have another number, and are not shown.
    static void Mark(v8::Local<v8::Context> first,
                     v8::Local<v8::Context> second = v8::Local<v8::Context>());

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

  private:
    engine *engine_;
    std::unique_ptr<v8_inspector::V8Inspector> inspector_;
};

} // namespace jsrun

#endif
