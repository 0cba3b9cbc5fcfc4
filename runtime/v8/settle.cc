// Promises: being told of what becomes of one, and settling one.

#include "v8/settle.h"

#include "v8/callback.h"
#include "v8/embedder.h"
#include "v8/native.h"
#include "v8/outcome.h"
#include "v8/engine_promises.h"

using namespace jsrun;

namespace {

v8::Local<v8::Private> WatchKey(v8::Isolate *isolate) {
    return v8::Private::ForApi(isolate, Text(isolate, "jsrun.watch"));
}

bool Fulfilled(jsrun_runtime *runtime, jsrun_call_info *call) {
    runtime_promise_settled(runtime, call->function, false, call->arguments[0]);
    return true;
}

// V8 has values of its own, such as the one that stands for a termination.
bool IsOfTheLanguage(v8::Local<v8::Value> value) {
    return value->IsObject() || value->IsNullOrUndefined() || value->IsString() ||
           value->IsNumber() || value->IsBoolean() || value->IsSymbol() || value->IsBigInt();
}

// A promise was rejected that has no handler.
void OnRejected(engine *self, v8::Isolate *isolate, v8::Local<v8::Promise> promise,
                v8::Local<v8::Value> reason) {
    v8::Local<v8::Context> context = isolate->GetCurrentContext();
    v8::Local<v8::Value> number;
    if (!IsOfTheLanguage(reason)) return; // V8 was stopped while it worked on the promise
    if (!context.IsEmpty() && promise->GetPrivate(context, WatchKey(isolate)).ToLocal(&number) &&
        number->IsUint32()) {
        promise->MarkAsHandled();
        uint32_t watch = number.As<v8::Uint32>()->Value();
        OutOfV8(self, [&] { runtime_promise_settled(self->runtime, watch, true, Wrap(reason)); });
    } else {
        OutOfV8(self, [&] { runtime_rejected(self->runtime, Wrap(promise), Wrap(reason)); });
    }
}

void OnRejectEvent(v8::PromiseRejectMessage message) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    v8::HandleScope scope(isolate);
    auto *self = EngineOf(isolate);
    if (message.GetEvent() == v8::kPromiseRejectWithNoHandler)
        OnRejected(self, isolate, message.GetPromise(), message.GetValue());
    else if (message.GetEvent() == v8::kPromiseHandlerAddedAfterReject)
        OutOfV8(self,
                [&] { runtime_rejection_handled(self->runtime, Wrap(message.GetPromise())); });
}

template <engine_reaction reaction, bool rejected>
bool React(jsrun_runtime *runtime, jsrun_call_info *call) {
    runtime_react(runtime, reaction, call->function, rejected, call->arguments[0]);
    return true;
}

template <engine_reaction reaction>
bool Then(v8::Local<v8::Context> context, v8::Local<v8::Promise> promise,
          v8::Local<v8::Value> number) {
    v8::Local<v8::Function> fulfilled, failed;
    v8::Local<v8::Promise> derived;
    return NewFunction(context, Dispatch<React<reaction, false>>, number, 1).ToLocal(&fulfilled) &&
           NewFunction(context, Dispatch<React<reaction, true>>, number, 1).ToLocal(&failed) &&
           promise->Then(context, fulfilled, failed).ToLocal(&derived);
}

template <engine_reaction reaction> void AddReactions(References *references) {
    references->Add(Dispatch<React<reaction, false>>);
    references->Add(Dispatch<React<reaction, true>>);
}

} // namespace

void jsrun::WatchRejections(v8::Isolate *isolate) {
    isolate->SetPromiseRejectCallback(OnRejectEvent);
}

void jsrun::AddPromiseReferences(References *references) {
    references->Add(Dispatch<Fulfilled>);
    AddReactions<REACTION_READY>(references);
    AddReactions<REACTION_LOADED>(references);
    AddReactions<REACTION_EVALUATED>(references);
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

// Only the fulfilment gets a reaction. To V8 one for the rejection would be a handler, and the
// exception that rejects no "uncaught" one to pause on. So the rejection passes through, to the
// promise that the reaction makes, where it is found to have no handler.
engine_outcome engine_promise_watch(jsrun_entry *entry, jsrun_value value, uint32_t number) {
    JSRUN_GUARD(entry->engine, ENGINE_TERMINATED);
    v8::Isolate *isolate = IsolateOf(entry);
    v8::Local<v8::Context> context = ContextOf(entry);
    v8::TryCatch caught(isolate);
    v8::Local<v8::Value> data = v8::Integer::NewFromUnsigned(isolate, number);
    v8::Local<v8::Function> function;
    v8::Local<v8::Promise> derived;
    if (!NewFunction(context, Dispatch<Fulfilled>, data, 1).ToLocal(&function) ||
        !Unwrap<v8::Promise>(value)->Then(context, function).ToLocal(&derived) ||
        derived->SetPrivate(context, WatchKey(isolate), data).IsNothing()) {
        return Outcome(entry, caught);
    }
    return ENGINE_OK;
}

engine_outcome engine_promise_react(jsrun_entry *entry, jsrun_value promise,
                                    engine_reaction reaction, uint32_t number) {
    JSRUN_GUARD(entry->engine, ENGINE_TERMINATED);
    v8::Isolate *isolate = IsolateOf(entry);
    v8::Local<v8::Context> context = ContextOf(entry);
    v8::TryCatch caught(isolate);
    v8::Local<v8::Value> data = v8::Integer::NewFromUnsigned(isolate, number);
    v8::Local<v8::Promise> target = Unwrap<v8::Promise>(promise);
    bool done = false;
    switch (reaction) {
    case REACTION_READY:
        done = Then<REACTION_READY>(context, target, data);
        break;
    case REACTION_LOADED:
        done = Then<REACTION_LOADED>(context, target, data);
        break;
    case REACTION_EVALUATED:
        done = Then<REACTION_EVALUATED>(context, target, data);
        break;
    }
    return done ? ENGINE_OK : Outcome(entry, caught);
}

void engine_promise_handled(jsrun_value promise) {
    if (promise) Unwrap<v8::Promise>(promise)->MarkAsHandled();
}

bool engine_promise_has_handler(jsrun_value promise) {
    return !promise || Unwrap<v8::Promise>(promise)->HasHandler();
}

jsrun_value engine_resolver_new(jsrun_entry *entry) {
    JSRUN_GUARD(entry->engine, nullptr);
    return WrapOrNull(v8::Promise::Resolver::New(ContextOf(entry)));
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
