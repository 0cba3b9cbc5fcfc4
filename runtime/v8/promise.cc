// Promises: being told of what becomes of one, and settling one.

#include "v8/promise.h"

#include "v8/callback.h"
#include "v8/embedder.h"
#include "v8/guard.h"
#include "v8/outcome.h"
#include "v8/references.h"

using jsrun::ContextOf;
using jsrun::IsolateOf;
using jsrun::Unwrap;
using jsrun::Wrap;

namespace {

v8::Local<v8::Private> WatchKey(v8::Isolate *isolate) {
    return v8::Private::ForApi(isolate, v8::String::NewFromUtf8Literal(isolate, "jsrun.watch"));
}

bool Fulfilled(jsrun_runtime *runtime, jsrun_call_info *call) {
    runtime_promise_settled(runtime, call->function, false, call->arguments[0]);
    return true;
}

// A promise was rejected that has no handler.
void OnRejected(engine *self, v8::Isolate *isolate, v8::Local<v8::Promise> promise,
                v8::Local<v8::Value> reason) {
    v8::Local<v8::Context> context = isolate->GetCurrentContext();
    v8::Local<v8::Value> number;
    if (!context.IsEmpty() && promise->GetPrivate(context, WatchKey(isolate)).ToLocal(&number) &&
        number->IsUint32()) {
        promise->MarkAsHandled();
        uint32_t watch = number.As<v8::Uint32>()->Value();
        jsrun::OutOfV8(self,
                       [&] { runtime_promise_settled(self->runtime, watch, true, Wrap(reason)); });
    } else {
        jsrun::OutOfV8(self, [&] { runtime_rejected(self->runtime, Wrap(promise), Wrap(reason)); });
    }
}

void OnRejectEvent(v8::PromiseRejectMessage message) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    v8::HandleScope scope(isolate);
    auto *self = static_cast<engine *>(isolate->GetData(0));
    if (message.GetEvent() == v8::kPromiseRejectWithNoHandler)
        OnRejected(self, isolate, message.GetPromise(), message.GetValue());
    else if (message.GetEvent() == v8::kPromiseHandlerAddedAfterReject)
        jsrun::OutOfV8(
            self, [&] { runtime_rejection_handled(self->runtime, Wrap(message.GetPromise())); });
}

} // namespace

void jsrun::WatchRejections(v8::Isolate *isolate) {
    isolate->SetPromiseRejectCallback(OnRejectEvent);
}

void jsrun::AddPromiseReferences(References *references) { references->Add(Dispatch<Fulfilled>); }

// Only the fulfilment gets a reaction. To V8 one for the rejection would be a handler, and the exception that
// rejects no "uncaught" one to pause on. So the rejection passes through, to the promise that the reaction makes,
// where it is found to have no handler.
engine_outcome engine_promise_watch(jsrun_entry *entry, jsrun_value value, uint32_t number) {
    JSRUN_GUARD(entry->engine, ENGINE_TERMINATED);
    v8::Isolate *isolate = IsolateOf(entry);
    v8::Local<v8::Context> context = ContextOf(entry);
    v8::TryCatch caught(isolate);
    v8::Local<v8::Value> data = v8::Integer::NewFromUnsigned(isolate, number);
    v8::Local<v8::Function> function;
    v8::Local<v8::Promise> derived;
    if (!jsrun::NewFunction(context, jsrun::Dispatch<Fulfilled>, data, 1).ToLocal(&function) ||
        !Unwrap<v8::Promise>(value)->Then(context, function).ToLocal(&derived) ||
        derived->SetPrivate(context, WatchKey(isolate), data).IsNothing()) {
        return jsrun::Outcome(entry, caught);
    }
    return ENGINE_OK;
}

void engine_promise_handled(jsrun_value promise) {
    if (promise) Unwrap<v8::Promise>(promise)->MarkAsHandled();
}

bool engine_promise_has_handler(jsrun_value promise) {
    return !promise || Unwrap<v8::Promise>(promise)->HasHandler();
}

jsrun_value engine_resolver_new(jsrun_entry *entry) {
    JSRUN_GUARD(entry->engine, nullptr);
    return jsrun::WrapOrNull(v8::Promise::Resolver::New(ContextOf(entry)));
}

jsrun_value engine_resolver_promise(jsrun_value resolver) {
    return resolver ? Wrap(Unwrap<v8::Promise::Resolver>(resolver)->GetPromise()) : nullptr;
}

void engine_resolver_settle(jsrun_entry *entry, jsrun_value resolver, bool rejected,
                            jsrun_value value) {
    JSRUN_GUARD(entry->engine);
    v8::TryCatch ignored(IsolateOf(entry));
    v8::Local<v8::Promise::Resolver> target = Unwrap<v8::Promise::Resolver>(resolver);
    v8::Local<v8::Context> context = ContextOf(entry);
    v8::Maybe<bool> done =
        rejected ? target->Reject(context, Unwrap(value)) : target->Resolve(context, Unwrap(value));
    (void)done; // Nothing: JavaScript was stopped
}

bool engine_has_background_work(engine *engine) {
    return !engine->dead && engine->isolate->HasPendingBackgroundTasks();
}
