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

[[noreturn]] void OutOfMemory(const char *location) {
    v8::Isolate *isolate = v8::Isolate::TryGetCurrent();
    auto *self = isolate ? static_cast<engine *>(isolate->GetData(0)) : nullptr;
    // On a thread of V8's own there is nowhere to jump to.
    if (self && self->guard && self->thread == ThisThread()) {
        self->dead = true;
        runtime_out_of_memory(self->runtime);
        _longjmp(self->guard->place, 1);
    }
    std::fprintf(stderr, "jsrun: V8 is out of memory where that cannot be survived: %s\n",
                 location ? location : "?");
    std::abort();
}

#if V8_MAJOR_VERSION >= 11
void OnOutOfMemory(const char *location, const v8::OOMDetails &) { OutOfMemory(location); }
#else
void OnOutOfMemory(const char *location, bool) { OutOfMemory(location); }
#endif

} // namespace

const void *ThisThread() {
    static thread_local char here;
    return &here;
}

void WatchMemory(engine *self) {
    self->isolate->SetOOMErrorHandler(OnOutOfMemory);
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
