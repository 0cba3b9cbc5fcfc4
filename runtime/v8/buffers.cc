#include "v8/buffers.h"

namespace jsrun {

bool Budget::Take(size_t bytes) {
    size_t left = left_.load();
    do {
        if (bytes > left) return false;
    } while (!left_.compare_exchange_weak(left, left - bytes));
    return true;
}

CountingAllocator::CountingAllocator(size_t limit)
    : memory_(NewDefaultAllocator()), budget_(std::make_shared<Budget>(limit)) {}

bool CountingAllocator::InUse() { return buffers_ > 0; }

void *CountingAllocator::Allocate(size_t length) {
    if (!budget_->Take(length)) return nullptr;
    void *data = memory_->Allocate(length);
    if (data)
        buffers_++;
    else
        budget_->Give(length);
    return data;
}

void *CountingAllocator::AllocateUninitialized(size_t length) {
    if (!budget_->Take(length)) return nullptr;
    void *data = memory_->AllocateUninitialized(length);
    if (data)
        buffers_++;
    else
        budget_->Give(length);
    return data;
}

void CountingAllocator::Free(void *data, size_t length) {
    memory_->Free(data, length);
    budget_->Give(length);
    buffers_--;
}

} // namespace jsrun
