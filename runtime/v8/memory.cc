// The limits of an isolate's memory, and what happens beyond them.

#include <cstdio>
#include <cstdlib>

#include "v8/embedder.h"
#include "v8/guard.h"

namespace jsrun {

namespace {

// What JavaScript gets beyond its limit, in order to end in an orderly way.
constexpr size_t kReserve = 16 * 1024 * 1024;

// JavaScript has reached its limit: it is stopped, and goes on a while until it notices. One that asks for too
// much in one step does not notice; that is for OutOfMemory().
size_t OnNearHeapLimit(void *data, size_t current, size_t) {
    auto *self = static_cast<engine *>(data);
    if (self->closing)
        return current + kReserve; // what V8 does in order to end is not JavaScript's
    bool first = !self->reserve_used;
    self->reserve_used = true;
    runtime_out_of_memory(self->runtime);
    return first ? current + kReserve : current;
}

// To the innermost guard; returns if there is none, as on a thread of V8's own.
void JumpToGuard() {
    v8::Isolate *isolate = v8::Isolate::TryGetCurrent();
    auto *self = isolate ? static_cast<engine *>(isolate->GetData(0)) : nullptr;
    if (!self || !self->guard || self->thread != ThisThread()) return;
    self->dead = true;
    runtime_out_of_memory(self->runtime);
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

#if V8_MAJOR_VERSION < 13
// An array too long for V8 to hold is a failed check to it, which ends the process. This one is about a size and
// nothing else; all others stay fatal, since after them no memory can be trusted.
constexpr char kInvalidSize[] = "Fatal JavaScript invalid size error";

// V8 keeps the message on the stack, between two marks, where crash reports find it.
constexpr uintptr_t kMessageMark = 0xdecade10;
constexpr size_t kStackToSearch = 1024; // words

__attribute__((no_sanitize("address"))) const char *FatalMessage() {
    auto *at = static_cast<const uintptr_t *>(__builtin_frame_address(0));
    for (size_t i = 0; i < kStackToSearch; i++)
        if (at[i] == kMessageMark) return reinterpret_cast<const char *>(&at[i + 1]);
    return "";
}
#endif

} // namespace

#if V8_MAJOR_VERSION < 13
void OnFatalError() {
    if (std::strncmp(FatalMessage(), kInvalidSize, sizeof kInvalidSize - 1) == 0) JumpToGuard();
}
#endif

const void *ThisThread() {
    static thread_local char here;
    return &here;
}

void WatchMemory(engine *self) {
    self->isolate->SetOOMErrorHandler(OnOutOfMemory);
    self->isolate->AddNearHeapLimitCallback(OnNearHeapLimit, self);
}

void WatchMemoryAgain(engine *self) {
    self->isolate->RemoveNearHeapLimitCallback(OnNearHeapLimit, 0);
    self->isolate->AddNearHeapLimitCallback(OnNearHeapLimit, self);
}

void LeaveDead(engine *self, void *locker_storage) {
    v8::Isolate *isolate = self->isolate;
    while (v8::Isolate::TryGetCurrent() == isolate) isolate->Exit();
    reinterpret_cast<v8::Locker *>(locker_storage)->~Locker();
    // A new one makes V8 forget scopes that lay on the stack that was abandoned.
    v8::Locker locker(isolate);
}

} // namespace jsrun
