// Describing what JavaScript threw.

#include "v8/engine_run.h"
#include "v8/guard.h"
#include "v8/es_modules.h"
#include "v8/error_parts.h"

using namespace jsrun;

namespace {

jsrun_value StringOrNull(v8::Local<v8::Value> value) {
    return !value.IsEmpty() && value->IsString() && value.As<v8::String>()->Length() ? Wrap(value)
                                                                                     : nullptr;
}

// A property as text; NULL if there is none or reading it throws.
jsrun_value TextProperty(v8::Isolate *isolate, v8::Local<v8::Context> context,
                         v8::Local<v8::Object> object, const char *name) {
    v8::Local<v8::Value> value;
    if (!object->Get(context, Text(isolate, name)).ToLocal(&value) || value->IsNullOrUndefined())
        return nullptr;
    return WrapOrNull(value->ToString(context));
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
    // An error that rejected a promise comes without a message. A SyntaxError among them knows
    // where the text is wrong.
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
        DescribeModuleError(isolate, context, error, exception);
        DescribeParts(context, error, exception);
    } else {
        exception->message = Wrap(TextOfThrown(context, value));
    }

    exception->frames = frames;
    exception->frame_count = Frames(isolate, trace, frames, capacity);
}
