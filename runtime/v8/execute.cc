// Running JavaScript.

#include "v8/engine_run.h"
#include "v8/guard.h"
#include "v8/outcome.h"

using namespace jsrun;

namespace {

// V8 takes an exception to be uncaught ("pause on uncaught exceptions") only when the outermost
// TryCatch is verbose. A verbose one also reports to the message listener, which is how debuggers
// learn of it.
class EntryTryCatch : public v8::TryCatch {
  public:
    explicit EntryTryCatch(v8::Isolate *isolate) : v8::TryCatch(isolate) { SetVerbose(true); }
};

// V8 reports what promise jobs throw by itself. `around` is not verbose and has caught nothing.
engine_outcome RunMicrotasks(jsrun_entry *entry, v8::TryCatch &around) {
    v8::Isolate *isolate = IsolateOf(entry);
    entry->engine->unattended = true;
    isolate->PerformMicrotaskCheckpoint();
    entry->engine->unattended = false;
    return around.HasTerminated() || isolate->IsExecutionTerminating() ? ENGINE_TERMINATED
                                                                       : ENGINE_OK;
}

// In the TryCatch of the script, to save another one.
engine_outcome Finish(jsrun_entry *entry, EntryTryCatch &caught, bool last) {
    if (!last) return ENGINE_OK;
    caught.SetVerbose(false);
    return RunMicrotasks(entry, caught);
}

} // namespace

engine_outcome engine_run_microtasks(jsrun_entry *entry) {
    JSRUN_GUARD(entry->engine, ENGINE_TERMINATED);
    v8::TryCatch around(IsolateOf(entry));
    return RunMicrotasks(entry, around);
}

engine_outcome engine_evaluate(jsrun_entry *entry, jsrun_value source, jsrun_value name, bool last,
                               jsrun_value *result) {
    JSRUN_GUARD(entry->engine, ENGINE_TERMINATED);
    v8::Isolate *isolate = IsolateOf(entry);
    v8::Local<v8::Context> context = ContextOf(entry);
    EntryTryCatch caught(isolate);
    v8::Local<v8::Value> resource;
    if (name) resource = Unwrap(name);
    v8::ScriptOrigin origin = ScriptOriginOf(isolate, resource);
    v8::Local<v8::Script> script;
    v8::Local<v8::Value> value;
    if (!v8::Script::Compile(context, Unwrap<v8::String>(source), &origin).ToLocal(&script) ||
        !script->Run(context).ToLocal(&value)) {
        return Outcome(entry, caught);
    }
    *result = Wrap(value);
    return Finish(entry, caught, last);
}

engine_outcome engine_call(jsrun_entry *entry, jsrun_value function, jsrun_value receiver,
                           const jsrun_value *arguments, size_t count, bool last,
                           jsrun_value *result) {
    JSRUN_GUARD(entry->engine, ENGINE_TERMINATED);
    v8::Isolate *isolate = IsolateOf(entry);
    EntryTryCatch caught(isolate);
    v8::Local<v8::Value> self =
        receiver ? Unwrap(receiver) : v8::Undefined(isolate).As<v8::Value>();
    auto *values = reinterpret_cast<v8::Local<v8::Value> *>(const_cast<jsrun_value *>(arguments));
    v8::Local<v8::Value> value;
    if (!Call(isolate, ContextOf(entry), Unwrap<v8::Function>(function), self,
              static_cast<int>(count), values)
             .ToLocal(&value))
        return Outcome(entry, caught);
    *result = Wrap(value);
    return Finish(entry, caught, last);
}

engine_outcome engine_protect(jsrun_entry *entry, bool (*body)(void *data), void *data) {
    JSRUN_GUARD(entry->engine, ENGINE_TERMINATED);
    v8::TryCatch caught(IsolateOf(entry));
    if (body(data) && !entry->engine->dead) return ENGINE_OK;
    return Outcome(entry, caught);
}
