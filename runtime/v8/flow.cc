// The number that follows JavaScript across promises.

#include "v8/engine_promises.h"
#include "v8/guard.h"
#include "v8/native.h"

using namespace jsrun;

#if V8_AT_LEAST(15, 0)

// V8 keeps a value for every reaction.
void engine_flow_follow(jsrun_entry *) {}

void jsrun::AddFlowReferences(References *) {}

void engine_flow_set(jsrun_entry *entry, uint32_t number) {
    if (entry->engine->dead) return;
    v8::Isolate *isolate = IsolateOf(entry);
    isolate->SetContinuationPreservedEmbedderDataV2(v8::Integer::NewFromUnsigned(isolate, number));
}

uint32_t engine_flow(jsrun_entry *entry) {
    if (entry->engine->dead) return 0;
    v8::Local<v8::Data> data = IsolateOf(entry)->GetContinuationPreservedEmbedderDataV2();
    if (data.IsEmpty() || !data->IsValue()) return 0;
    v8::Local<v8::Value> value = data.As<v8::Value>();
    return value->IsUint32() ? value.As<v8::Uint32>()->Value() : 0;
}

#else

// Every promise remembers the number from when it was made, and a reaction has a promise of its
// own.
namespace {

v8::Local<v8::Private> Key(v8::Isolate *isolate) {
    return v8::Private::ForApi(isolate, Text(isolate, "jsrun.flow"));
}

void OnInit(const v8::FunctionCallbackInfo<v8::Value> &info) {
    v8::Isolate *isolate = info.GetIsolate();
    engine *self = EngineOf(info.GetIsolate());
    if (!self->flow) return;
    info[0]
        .As<v8::Object>()
        ->SetPrivate(isolate->GetCurrentContext(), Key(isolate),
                     v8::Integer::NewFromUnsigned(isolate, self->flow))
        .FromMaybe(false);
}

void OnBefore(const v8::FunctionCallbackInfo<v8::Value> &info) {
    v8::Isolate *isolate = info.GetIsolate();
    engine *self = EngineOf(info.GetIsolate());
    v8::Local<v8::Value> number;
    self->flow_outside = self->flow;
    self->flow = info[0].As<v8::Object>()
                             ->GetPrivate(isolate->GetCurrentContext(), Key(isolate))
                             .ToLocal(&number) &&
                         number->IsUint32()
                     ? number.As<v8::Uint32>()->Value()
                     : 0;
}

void OnAfter(const v8::FunctionCallbackInfo<v8::Value> &info) {
    engine *self = EngineOf(info.GetIsolate());
    self->flow = self->flow_outside;
}

} // namespace

void engine_flow_follow(jsrun_entry *entry) {
    JSRUN_GUARD(entry->engine);
    v8::Local<v8::Context> context = ContextOf(entry);
    if (entry->engine->follows_flow) return;
    entry->engine->follows_flow = true;
    v8::Local<v8::Function> init, before, after;
    if (NewFunction(context, OnInit).ToLocal(&init) &&
        NewFunction(context, OnBefore).ToLocal(&before) &&
        NewFunction(context, OnAfter).ToLocal(&after)) {
        context->SetPromiseHooks(init, before, after, v8::Local<v8::Function>());
    }
}

void engine_flow_set(jsrun_entry *entry, uint32_t number) { entry->engine->flow = number; }

uint32_t engine_flow(jsrun_entry *entry) { return entry->engine->flow; }

void jsrun::AddFlowReferences(References *references) {
    references->Add(OnInit);
    references->Add(OnBefore);
    references->Add(OnAfter);
}

#endif
