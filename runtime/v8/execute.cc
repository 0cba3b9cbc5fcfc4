// Running JavaScript, and describing what it threw.

#include "v8/embedder.h"
#include "v8/guard.h"
#include "v8/local.h"
#include "v8/modules.h"
#include "v8/outcome.h"
#include "v8/thrown.h"

using jsrun::ContextOf;
using jsrun::IsolateOf;
using jsrun::kSharedOrigin;
using jsrun::Outcome;
using jsrun::Unwrap;
using jsrun::Wrap;

engine_outcome jsrun::Outcome(jsrun_entry *entry, v8::TryCatch &caught) {
    if (entry->engine->dead) return ENGINE_TERMINATED;
    // A debugger cancels a termination of its own as soon as it is through: CanContinue() still knows.
    if (IsolateOf(entry)->IsExecutionTerminating() || caught.HasTerminated() ||
        (caught.HasCaught() && !caught.CanContinue()))
        return ENGINE_TERMINATED;
    if (!caught.HasCaught()) return ENGINE_REFUSED;
    entry->thrown = Wrap(caught.Exception());
    v8::Local<v8::Message> message = caught.Message();
    entry->thrown_message = message.IsEmpty() ? nullptr : Wrap(message);
    return ENGINE_THREW;
}

namespace {

// V8 takes an exception to be uncaught ("pause on uncaught exceptions") only when the outermost TryCatch is
// verbose. A verbose one also reports to the message listener, which is how debuggers learn of it.
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

v8::MaybeLocal<v8::Value> Call(jsrun_entry *entry, v8::Local<v8::Function> function,
                               v8::Local<v8::Value> receiver, int count,
                               v8::Local<v8::Value> *arguments) {
#if V8_MAJOR_VERSION >= 13
    return function->Call(IsolateOf(entry), ContextOf(entry), receiver, count, arguments);
#else
    return function->Call(ContextOf(entry), receiver, count, arguments);
#endif
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
#if V8_MAJOR_VERSION >= 13
    v8::ScriptOrigin origin(resource, 0, 0, kSharedOrigin);
#else
    v8::ScriptOrigin origin(isolate, resource, 0, 0, kSharedOrigin);
#endif
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
    if (!Call(entry, Unwrap<v8::Function>(function), self, static_cast<int>(count), values)
             .ToLocal(&value)) {
        return Outcome(entry, caught);
    }
    *result = Wrap(value);
    return Finish(entry, caught, last);
}

engine_promise engine_promise_result(jsrun_entry *entry, jsrun_value value, jsrun_value *result) {
    if (entry->engine->dead) return ENGINE_NO_PROMISE;
    v8::Local<v8::Value> local = Unwrap(value);
    if (!local->IsPromise()) return ENGINE_NO_PROMISE;
    v8::Local<v8::Promise> promise = local.As<v8::Promise>();
    if (promise->State() == v8::Promise::kPending) return ENGINE_PENDING;
    *result = Wrap(promise->Result());
    if (promise->State() == v8::Promise::kFulfilled) return ENGINE_FULFILLED;
    promise->MarkAsHandled();
    entry->thrown = *result;
    entry->thrown_message = nullptr;
    return ENGINE_REJECTED;
}

engine_outcome engine_protect(jsrun_entry *entry, bool (*body)(void *data), void *data) {
    JSRUN_GUARD(entry->engine, ENGINE_TERMINATED);
    v8::TryCatch caught(IsolateOf(entry));
    if (body(data) && !entry->engine->dead) return ENGINE_OK;
    return Outcome(entry, caught);
}

// --- describing -------------------------------------------------------------------------------------

namespace {

jsrun_value StringOrNull(v8::Local<v8::Value> value) {
    return !value.IsEmpty() && value->IsString() && value.As<v8::String>()->Length() ? Wrap(value)
                                                                                     : nullptr;
}

// A property as text; NULL if there is none or reading it throws.
jsrun_value TextProperty(v8::Isolate *isolate, v8::Local<v8::Context> context,
                         v8::Local<v8::Object> object, const char *name) {
    v8::Local<v8::Value> value;
    v8::Local<v8::String> key = v8::String::NewFromUtf8(isolate, name).ToLocalChecked();
    if (!object->Get(context, key).ToLocal(&value) || value->IsNullOrUndefined()) return nullptr;
    return jsrun::WrapOrNull(value->ToString(context));
}

jsrun_frame FrameOf(v8::Local<v8::StackFrame> frame) {
    return {StringOrNull(frame->GetFunctionName()), StringOrNull(frame->GetScriptName()),
            frame->GetLineNumber(), frame->GetColumn()};
}

size_t Frames(v8::Isolate *isolate, v8::Local<v8::StackTrace> trace, jsrun_frame *frames,
              size_t capacity) {
    if (trace.IsEmpty()) return 0;
    size_t count = 0;
    for (int i = 0; i < trace->GetFrameCount() && count < capacity; i++)
        frames[count++] = FrameOf(trace->GetFrame(isolate, static_cast<uint32_t>(i)));
    return count;
}

bool IsAt(v8::Local<v8::Context> context, v8::Local<v8::Message> message,
          v8::Local<v8::StackFrame> frame) {
    return message->GetScriptOrigin().ScriptId() == frame->GetScriptId() &&
           message->GetLineNumber(context).FromMaybe(0) == frame->GetLineNumber();
}

void Locate(v8::Local<v8::Context> context, v8::Local<v8::Message> message,
            jsrun_exception *exception) {
    int line = message->GetLineNumber(context).FromMaybe(0);
    if (!line) return;
    exception->location = {nullptr, StringOrNull(message->GetScriptResourceName()), line,
                           message->GetStartColumn(context).FromMaybe(-1) + 1};
    exception->end_column_number = message->GetEndColumn(context).FromMaybe(-1) + 1;
    v8::Local<v8::String> text;
    if (message->GetSourceLine(context).ToLocal(&text)) exception->source_line = Wrap(text);
}

} // namespace

void engine_describe(jsrun_entry *entry, jsrun_exception *exception, jsrun_frame *frames,
                     size_t capacity) {
    *exception = {};
    JSRUN_GUARD(entry->engine);
    v8::Isolate *isolate = IsolateOf(entry);
    v8::Local<v8::Context> context = ContextOf(entry);
    v8::TryCatch ignored(isolate);
    v8::Local<v8::Value> value = Unwrap(entry->thrown);
    exception->value = entry->thrown;

    // First: reading `stack` makes V8 forget some of it.
    v8::Local<v8::StackTrace> trace = v8::Exception::GetStackTrace(value);
    v8::Local<v8::Message> message;
    if (entry->thrown_message) message = Unwrap<v8::Message>(entry->thrown_message);
    bool has_trace = !trace.IsEmpty() && trace->GetFrameCount() > 0;
    // An error that rejected a promise comes without a message; a SyntaxError among them knows where the text is wrong.
    if (value->IsNativeError() &&
        (message.IsEmpty() ||
         (has_trace && !IsAt(context, message, trace->GetFrame(isolate, 0))))) {
        message = v8::Exception::CreateMessage(isolate, value);
    }
    if (!message.IsEmpty()) {
        Locate(context, message, exception);
        if (trace.IsEmpty()) trace = message->GetStackTrace();
    }

    if (value->IsNativeError()) {
        v8::Local<v8::Object> error = value.As<v8::Object>();
        exception->name = TextProperty(isolate, context, error, "name");
        exception->message = TextProperty(isolate, context, error, "message");
        exception->stack = TextProperty(isolate, context, error, "stack");
        if (!exception->message) exception->message = Wrap(v8::String::Empty(isolate));
        jsrun::DescribeModuleError(isolate, context, error, exception);
        jsrun::DescribeParts(context, error, exception);
    } else {
        exception->message = Wrap(jsrun::TextOfThrown(context, value));
    }

    exception->frames = frames;
    exception->frame_count = Frames(isolate, trace, frames, capacity);
}
