#include "v8/functions.h"

#include "v8/callback.h"
#include "v8/embedder.h"
#include "v8/guard.h"
#include "v8/inspector.h"
#include "v8/references.h"

namespace jsrun {

void InstallFunctions(v8::Isolate *isolate, v8::Local<v8::Context> context) {
    v8::Context::Scope scope(context);
    for (int builtin = 0; builtin < BUILTIN_COUNT; builtin++) {
        v8::Local<v8::String> name =
            v8::String::NewFromUtf8(isolate, runtime_builtin_name(builtin)).ToLocalChecked();
        v8::Local<v8::Function> function = NewFunction(context, Dispatch<runtime_builtin_call>,
                                                       v8::Integer::New(isolate, builtin), 1)
                                               .ToLocalChecked();
        function->SetName(name);
        context->Global()->DefineOwnProperty(context, name, function, v8::DontEnum).Check();
    }
}

void AddFunctionReferences(References *references) {
    references->Add(Dispatch<runtime_builtin_call>);
}

} // namespace jsrun

bool engine_to_int32(jsrun_entry *entry, jsrun_value value, int32_t *number) {
    JSRUN_GUARD(entry->engine, false);
    return jsrun::Unwrap(value)->Int32Value(jsrun::ContextOf(entry)).To(number);
}

jsrun_value engine_type_error(jsrun_entry *entry, const char *message) {
    JSRUN_GUARD(entry->engine, nullptr);
    v8::Local<v8::String> text =
        v8::String::NewFromUtf8(jsrun::IsolateOf(entry), message).ToLocalChecked();
    return jsrun::Wrap(v8::Exception::TypeError(text));
}

void engine_queue_microtask(jsrun_entry *entry, jsrun_value function) {
    JSRUN_GUARD(entry->engine);
    jsrun::IsolateOf(entry)->EnqueueMicrotask(jsrun::Unwrap<v8::Function>(function));
}

void engine_async_scheduled(engine *engine, const char *name, void *task, bool recurring) {
    JSRUN_GUARD(engine);
    if (!engine->inspector) return;
    v8_inspector::StringView view(reinterpret_cast<const uint8_t *>(name), std::strlen(name));
    engine->inspector->v8().asyncTaskScheduled(view, task, recurring);
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
