#include "v8/functions.h"

#include "v8/callback.h"
#include "v8/embedder.h"
#include "v8/native.h"
#include "v8/engine_values.h"

using namespace jsrun;

void jsrun::InstallFunctions(v8::Isolate *isolate, v8::Local<v8::Context> context) {
    v8::Context::Scope scope(context);
    for (int builtin = 0; builtin < BUILTIN_COUNT; builtin++) {
        v8::Local<v8::String> name = Text(isolate, runtime_builtin_name(builtin));
        v8::Local<v8::Function> function = NewFunction(context, Dispatch<runtime_builtin_call>,
                                                       v8::Integer::New(isolate, builtin), 1)
                                               .ToLocalChecked();
        function->SetName(name);
        context->Global()->DefineOwnProperty(context, name, function, v8::DontEnum).Check();
    }
}

void jsrun::AddFunctionReferences(References *references) {
    references->Add(Dispatch<runtime_builtin_call>);
}

bool engine_to_int32(jsrun_entry *entry, jsrun_value value, int32_t *number) {
    JSRUN_GUARD(entry->engine, false);
    return Unwrap(value)->Int32Value(ContextOf(entry)).To(number);
}

jsrun_value engine_type_error(jsrun_entry *entry, const char *message) {
    JSRUN_GUARD(entry->engine, nullptr);
    return Wrap(v8::Exception::TypeError(Text(IsolateOf(entry), message)));
}

void engine_queue_microtask(jsrun_entry *entry, jsrun_value function) {
    JSRUN_GUARD(entry->engine);
    IsolateOf(entry)->EnqueueMicrotask(Unwrap<v8::Function>(function));
}
