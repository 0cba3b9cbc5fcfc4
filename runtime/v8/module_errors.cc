// What an import that fails tells: which modules led to it, and where it comes from.

#include <string>

#include "v8/engine_modules.h"
#include "v8/guard.h"
#include "v8/es_modules.h"

using namespace jsrun;

namespace {

// Properties of an error that no script sees.
constexpr char kChain[] = "jsrun.imported";
constexpr char kFailure[] = "jsrun.not_loaded";
constexpr char kOrigin[] = "jsrun.origin";

v8::Local<v8::Private> Key(v8::Isolate *isolate, const char *name) {
    return v8::Private::ForApi(isolate, Text(isolate, name));
}

} // namespace

jsrun_value engine_thrown_script(jsrun_entry *entry) {
    JSRUN_GUARD(entry->engine, nullptr);
    if (!entry->thrown_message) return nullptr;
    v8::Local<v8::Value> name = Unwrap<v8::Message>(entry->thrown_message)->GetScriptResourceName();
    return !name.IsEmpty() && name->IsString() ? Wrap(name) : nullptr;
}

jsrun_value engine_error_script(jsrun_entry *entry, jsrun_value error, uint32_t frame) {
    JSRUN_GUARD(entry->engine, nullptr);
    v8::Isolate *isolate = IsolateOf(entry);
    v8::Local<v8::StackTrace> trace = v8::Exception::GetStackTrace(Unwrap(error));
    if (trace.IsEmpty() || frame >= static_cast<uint32_t>(trace->GetFrameCount())) return nullptr;
    v8::Local<v8::String> name = trace->GetFrame(isolate, frame)->GetScriptName();
    return Wrap(name.IsEmpty() ? v8::String::Empty(isolate) : name);
}

void engine_module_blame(jsrun_entry *entry, jsrun_value error, const char *chain, bool loading) {
    JSRUN_GUARD(entry->engine);
    v8::Isolate *isolate = IsolateOf(entry);
    v8::Local<v8::Context> context = ContextOf(entry);
    v8::TryCatch ignored(isolate);
    if (!Unwrap(error)->IsObject()) return;
    v8::Local<v8::Object> object = Unwrap<v8::Object>(error);
    // The first account of it is that of the module that failed.
    if (object->HasPrivate(context, Key(isolate, kChain)).FromMaybe(true)) return;
    object->SetPrivate(context, Key(isolate, kChain), Text(isolate, chain)).FromMaybe(false);
    if (loading)
        object->SetPrivate(context, Key(isolate, kFailure), v8::True(isolate)).FromMaybe(false);
}

jsrun_value engine_module_error(jsrun_entry *entry, const char *what, jsrun_value origin) {
    JSRUN_GUARD(entry->engine, nullptr);
    v8::Isolate *isolate = IsolateOf(entry);
    v8::Local<v8::Context> context = ContextOf(entry);
    v8::TryCatch ignored(isolate);
    std::string message = what;
    v8::Local<v8::String> reason;
    if (Unwrap(origin)->ToString(context).ToLocal(&reason)) {
        v8::String::Utf8Value text(isolate, reason);
        // "Error" alone says nothing that is not known.
        std::string told = *text ? *text : "";
        message += ": " + (told.rfind("Error: ", 0) == 0 ? told.substr(7) : told);
    }
    v8::Local<v8::Value> error = v8::Exception::Error(
        v8::String::NewFromUtf8(isolate, message.c_str()).FromMaybe(Text(isolate, what)));
    error.As<v8::Object>()
        ->SetPrivate(context, Key(isolate, kOrigin), Unwrap(origin))
        .FromMaybe(false);
    return Wrap(error);
}

void jsrun::DescribeModuleError(v8::Isolate *isolate, v8::Local<v8::Context> context,
                                v8::Local<v8::Object> error, jsrun_exception *exception) {
    v8::Local<v8::Value> value;
    if (error->GetPrivate(context, Key(isolate, kChain)).ToLocal(&value) && value->IsString())
        exception->import_chain = Wrap(value);
    else
        return;
    exception->is_module_failure =
        error->HasPrivate(context, Key(isolate, kFailure)).FromMaybe(false);
    if (error->GetPrivate(context, Key(isolate, kOrigin)).ToLocal(&value) && !value->IsUndefined())
        exception->origin = Wrap(value);
}
