#include "v8/buffers.h"

#include <cstdlib>

namespace jsrun {

bool Budget::Take(size_t bytes) {
    size_t left = left_.load();
    do {
        if (bytes > left) {
            Refuse();
            return false;
        }
    } while (!left_.compare_exchange_weak(left, left - bytes));
    return true;
}

CountingAllocator::CountingAllocator(size_t limit)
    : memory_(NewDefaultAllocator()), budget_(std::make_shared<Budget>(limit)),
      scratch_budget_(limit) {}

CountingAllocator::~CountingAllocator() {
    for (auto &block : scratch_) std::free(block.first);
}

void *CountingAllocator::Allocate(size_t length) {
    if (!budget_->Take(length)) return nullptr;
    return GiveBackIfNull(memory_->Allocate(length), length);
}

void *CountingAllocator::AllocateUninitialized(size_t length) {
    if (!budget_->Take(length)) return nullptr;
    return GiveBackIfNull(memory_->AllocateUninitialized(length), length);
}

void *CountingAllocator::GiveBackIfNull(void *data, size_t length) {
    if (!data) {
        budget_->Give(length);
        budget_->Refuse();
    }
    return data;
}

void CountingAllocator::Free(void *data, size_t length) {
    memory_->Free(data, length);
    budget_->Give(length);
}

void *CountingAllocator::ResizeScratch(void *memory, size_t length) {
    size_t before = memory ? scratch_[memory] : 0;
    if (!scratch_budget_.Take(length)) return nullptr;
    void *resized = std::realloc(memory, length);
    scratch_budget_.Give(resized ? before : length);
    if (!resized) return nullptr;
    scratch_.erase(memory);
    scratch_[resized] = length;
    return resized;
}

void CountingAllocator::FreeScratch(void *memory) {
    auto block = scratch_.find(memory);
    if (block == scratch_.end()) return;
    scratch_budget_.Give(block->second);
    scratch_.erase(block);
    std::free(memory);
}

} // namespace jsrun
