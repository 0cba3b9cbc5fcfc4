// The limits of an isolate's memory, and what happens beyond them.

#include <pthread.h>

#include <cstdio>
#include <cstdlib>

#include "v8/embedder.h"
#include "v8/failed_check.h"
#include "v8/guard.h"

namespace jsrun {

namespace {

// JavaScript that was told to stop goes on until it next looks, so it gets some more at a time.
// Code that does not look and wants more than all of that gets to the handler.
constexpr size_t kReserveStep = 16 * 1024 * 1024;
constexpr size_t kReserve = 64 * 1024 * 1024;

bool IsFar(v8::Isolate *isolate, size_t limit) {
    v8::HeapStatistics statistics;
    isolate->GetHeapStatistics(&statistics);
    return statistics.total_heap_size() < limit - limit / 4;
}

size_t OnNearHeapLimit(void *data, size_t current, size_t) {
    auto *self = static_cast<engine *>(data);
    // What V8 needs for the end is not JavaScript's.
    if (self->closing) return current + kReserveStep;
    // V8 asks when anything is refused after all garbage was collected: a buffer, which has nothing
    // to do with the heap, or one object that is far larger than the rest.
    if (self->allocator->budget()->TakeRefusal() && IsFar(self->isolate, current)) return current;
    runtime_heap_limit(self->runtime);
    if (self->reserve_used >= kReserve) return current;
    self->reserve_used += kReserveStep;
    return current + kReserveStep;
}

// Whether an address of a frame that has not returned is on this thread's stack.
bool IsOnThisStack(const void *address) {
    pthread_attr_t attributes;
    void *start;
    size_t size;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return false;
    bool known = pthread_attr_getstack(&attributes, &start, &size) == 0;
    pthread_attr_destroy(&attributes);
    auto from = reinterpret_cast<uintptr_t>(start);
    auto place = reinterpret_cast<uintptr_t>(address);
    return known && place >= from && place < from + size;
}

// To the innermost guard. Returns if there is none, or if it is another thread's: V8 has threads of
// its own.
void JumpToGuard() {
    v8::Isolate *isolate = v8::Isolate::TryGetCurrent();
    auto *self = isolate ? EngineOf(isolate) : nullptr;
    if (!self || !self->guard || !IsOnThisStack(self->guard)) return;
    {
        // Another thread may be at V8's record of the scopes on this stack.
        std::lock_guard<std::mutex> lock(self->interrupting);
        self->dead = true;
    }
    runtime_heap_limit(self->runtime);
    runtime_died(self->runtime);
    _longjmp(self->guard->place, 1);
}

[[noreturn]] void OutOfMemory(const char *location) {
    JumpToGuard();
    std::fprintf(stderr, "jsrun: V8 is out of memory where that cannot be survived: %s\n",
                 location ? location : "?");
    std::abort();
}

void OnOutOfMemory(const char *location, OutOfMemoryDetails) { OutOfMemory(location); }

} // namespace

void OnFatalError() {
    const char *message = FailedCheck();
    for (const char *survivable : kSurvivableChecks)
        if (std::strncmp(message, survivable, std::strlen(survivable)) == 0) JumpToGuard();
}

void WatchMemory(engine *self) {
    self->isolate->SetOOMErrorHandler(OnOutOfMemory);
    self->isolate->AddNearHeapLimitCallback(OnNearHeapLimit, self);
}

void WatchMemoryAgain(engine *self) {
    self->isolate->RemoveNearHeapLimitCallback(OnNearHeapLimit, 0);
    self->isolate->AddNearHeapLimitCallback(OnNearHeapLimit, self);
}

void LeaveDead(engine *self) {
    while (v8::Isolate::TryGetCurrent() == self->isolate) self->isolate->Exit();
}

void ForgetStack(engine *self) { v8::Locker again(self->isolate); }

} // namespace jsrun
