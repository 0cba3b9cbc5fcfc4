// The limit of an isolate's heap, and what happens at it.

#include "v8/embedder.h"
#include "v8/local.h"

namespace jsrun {

namespace {

// V8 ends the process when the limit stays where it is. JavaScript that was told to stop goes on until it next
// looks, so it gets some more at a time, and all in all as much as one step of it may ask for.
constexpr size_t kReserveStep = 16 * 1024 * 1024;
constexpr size_t kReserve = 512 * 1024 * 1024;

size_t OnNearHeapLimit(void *data, size_t current, size_t) {
    auto *self = static_cast<engine *>(data);
    if (self->closing) return current + kReserveStep;
    runtime_heap_limit(self->runtime);
    if (self->reserve_used >= kReserve) return current;
    self->reserve_used += kReserveStep;
    return current + kReserveStep;
}

} // namespace

void WatchMemory(engine *self) { self->isolate->AddNearHeapLimitCallback(OnNearHeapLimit, self); }

} // namespace jsrun
