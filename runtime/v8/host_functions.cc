// Functions that the host answers: JavaScript calls them, and drops them when it cannot call them
// any more.
#include "v8/host_functions.h"

#include <algorithm>

#include "v8/callback.h"
#include "v8/embedder.h"
#include "v8/engine_values.h"
#include "v8/guard.h"
#include "v8/isolate.h"
#include "v8/native.h"

// A function as long as JavaScript has it. V8 tells of its end by a weak reference, in the middle
// of a garbage collection.
struct jsrun::HostFunction {
    engine *owner;
    uint32_t number;
    v8::Global<v8::Function> function;
    HostFunction *next;
    HostFunction **link; // what points here: the list's head, or the `next` of the one before
};

using namespace jsrun;

namespace {

// How many may be made before the first collection that this asks for.
constexpr size_t kFew = 2000;
// A collection takes longer in a larger heap: this much of it allows for one function more.
constexpr size_t kHeapPerFunction = 32 * 1024;

bool CallHost(jsrun_runtime *runtime, jsrun_call_info *call) {
    runtime_host_call(runtime, call);
    return true;
}

void Unlink(HostFunction *self) {
    self->owner->host_function_count--;
    *self->link = self->next;
    if (self->next) self->next->link = self->link;
    delete self;
}

// V8 allows no use of the heap here.
void OnDropped(const v8::WeakCallbackInfo<HostFunction> &info) {
    HostFunction *self = info.GetParameter();
    self->function.Reset();
    self->owner->host_functions_dropped = true;
    runtime_function_dropped(self->owner->runtime, self->number);
    Unlink(self);
}

// V8 sees small functions, and not what they keep alive in the host. A program that makes functions
// all the time and drops them would hardly ever have them collected. So this asks for a collection
// when there are twice as many as the last one has left, and some more.
void ReviewLimit(engine *engine) {
    if (!engine->host_functions_dropped) {
        // V8 collects at once or, where it does not know that this thread has the isolate, before
        // the next JavaScript. Then it takes the level to be normal again.
        engine->isolate->MemoryPressureNotification(v8::MemoryPressureLevel::kCritical);
    }
    engine->host_functions_dropped = false;
    v8::HeapStatistics heap;
    engine->isolate->GetHeapStatistics(&heap);
    engine->host_function_limit =
        2 * engine->host_function_count + std::max(kFew, heap.used_heap_size() / kHeapPerFunction);
}

void Watch(engine *engine, v8::Local<v8::Function> function, uint32_t number) {
    auto *self =
        new HostFunction{engine, number, {}, engine->host_functions, &engine->host_functions};
    if (self->next) self->next->link = &self->next;
    engine->host_functions = self;
    engine->host_function_count++;
    self->function.Reset(engine->isolate, function);
    self->function.SetWeak(self, OnDropped, v8::WeakCallbackType::kParameter);
}

} // namespace

void jsrun::AddHostFunctionReferences(References *references) {
    references->Add(Dispatch<CallHost>);
}

void jsrun::ForgetHostFunctions(engine *engine) {
    while (engine->host_functions) Unlink(engine->host_functions);
}

jsrun_value jsrun_host_function_new(jsrun_entry *entry, uint32_t number, jsrun_value name) {
    engine *self = entry->engine;
    JSRUN_GUARD(self, nullptr);
    if (self->host_function_count >= self->host_function_limit || self->host_functions_dropped)
        ReviewLimit(self);
    v8::Local<v8::Function> function;
    if (!NewFunction(ContextOf(entry), Dispatch<CallHost>,
                     v8::Integer::NewFromUnsigned(self->isolate, number))
             .ToLocal(&function))
        return nullptr;
    if (name) function->SetName(Unwrap<v8::String>(name));
    Watch(self, function, number);
    return Wrap(function);
}
