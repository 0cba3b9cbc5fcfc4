#include "v8/buffers.h"

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
    : memory_(NewDefaultAllocator()), budget_(std::make_shared<Budget>(limit)) {}

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

} // namespace jsrun
