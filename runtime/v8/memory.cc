// The limits of an isolate's memory, and what happens beyond them.

#include <pthread.h>

#include <cstdio>
#include <cstdlib>

#include "v8/embedder.h"
#include "v8/guard.h"

namespace jsrun {

namespace {

// JavaScript that was told to stop goes on until it next looks, so it gets some more at a time. What does not look
// and wants more than all of that gets to the handler.
constexpr size_t kReserveStep = 16 * 1024 * 1024;
constexpr size_t kReserve = 64 * 1024 * 1024;

bool IsFar(v8::Isolate *isolate, size_t limit) {
    v8::HeapStatistics statistics;
    isolate->GetHeapStatistics(&statistics);
    return statistics.total_heap_size() < limit - limit / 4;
}

size_t OnNearHeapLimit(void *data, size_t current, size_t) {
    auto *self = static_cast<engine *>(data);
    if (self->closing) return current + kReserveStep; // V8's needs for the end are not JavaScript's
    // V8 asks when anything is refused after all garbage was collected: a buffer, which is none of the heap's affairs,
    // or one object that is far larger than the rest.
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

// To the innermost guard. Returns if there is none, or if it is another thread's: V8 has threads of its own.
void JumpToGuard() {
    v8::Isolate *isolate = v8::Isolate::TryGetCurrent();
    auto *self = isolate ? static_cast<engine *>(isolate->GetData(0)) : nullptr;
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

#if V8_MAJOR_VERSION >= 11
void OnOutOfMemory(const char *location, const v8::OOMDetails &) { OutOfMemory(location); }
#else
void OnOutOfMemory(const char *location, bool) { OutOfMemory(location); }
#endif

// An array too long for V8 to hold is a failed check to it, which ends the process. This one is about a size and
// nothing else; all others stay fatal, since after them no memory can be trusted.
constexpr char kInvalidSize[] = "Fatal JavaScript invalid size error";
#if V8_MAJOR_VERSION < 13
// But for this one: V8 10.2 comes to modules that have failed already when several evaluations of graphs with cycles and
// top-level await are under way.
constexpr char kModuleStatus[] = "Check failed: module->status() == kEvaluating";
#endif

#if V8_MAJOR_VERSION >= 13

// The check that has failed on this thread. V8 tells of all but those that it says have no impact on security, which are
// those about sizes.
thread_local const char *failed_check = kInvalidSize;

void OnFailedCheck(const char *, int, const char *message) { failed_check = message; }

const char *FailedCheck() { return failed_check; }

#else

// V8 keeps the message in a frame above this one, behind a mark, where crash reports find it.
constexpr uintptr_t kMark = 0xdecade10;
constexpr size_t kStackToSearch = 256; // words

__attribute__((no_sanitize("address"))) const char *FailedCheck() {
    auto *at = static_cast<const uintptr_t *>(__builtin_frame_address(0));
    for (size_t i = 0; i < kStackToSearch; i++)
        if (at[i] == kMark) return reinterpret_cast<const char *>(&at[i + 1]);
    return "";
}

#endif

} // namespace

void OnFatalError() {
    if (std::strncmp(FailedCheck(), kInvalidSize, sizeof kInvalidSize - 1) == 0) JumpToGuard();
#if V8_MAJOR_VERSION < 13
    if (std::strncmp(FailedCheck(), kModuleStatus, sizeof kModuleStatus - 1) == 0) JumpToGuard();
#endif
}

void WatchFailedChecks() {
#if V8_MAJOR_VERSION >= 13
    v8::V8::SetFatalErrorHandler(OnFailedCheck);
#endif
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
