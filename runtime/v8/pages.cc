#include "v8/pages.h"

#include "v8/isolate.h"

namespace jsrun {

namespace {

// A page of WebAssembly. V8's heaps are aligned to four times that and more.
constexpr size_t kLargestAlignment = 64 * 1024;

uintptr_t Number(const void *address) { return reinterpret_cast<uintptr_t>(address); }

// Of the isolate that is at work on this thread.
std::shared_ptr<Budget> CurrentBudget() {
    v8::Isolate *isolate = v8::Isolate::TryGetCurrent();
    engine *self = isolate ? EngineOf(isolate) : nullptr;
    return self ? self->allocator->budget() : nullptr;
}

} // namespace

void CountingPages::Allocated(void *pages, size_t length, size_t alignment, Permission access) {
    if (access != kNoAccess || alignment > kLargestAlignment) return;
    std::shared_ptr<Budget> budget = CurrentBudget();
    if (!budget) return;
    std::lock_guard<std::mutex> lock(mutex_);
    reservations_[Number(pages)] = {length, 0, std::move(budget)};
}

CountingPages::Reservation *CountingPages::Find(void *address, size_t *offset) {
    auto after = reservations_.upper_bound(Number(address));
    if (after == reservations_.begin()) return nullptr;
    auto found = std::prev(after);
    *offset = Number(address) - found->first;
    return *offset < found->second.length ? &found->second : nullptr;
}

bool CountingPages::MayReach(void *address, size_t length) {
    std::lock_guard<std::mutex> lock(mutex_);
    size_t offset;
    Reservation *reservation = Find(address, &offset);
    if (!reservation || offset + length <= reservation->accessible) return true;
    if (!reservation->budget->Take(offset + length - reservation->accessible)) return false;
    reservation->accessible = offset + length;
    return true;
}

// What starts here is accessible no more.
void CountingPages::Retreat(void *address) {
    std::lock_guard<std::mutex> lock(mutex_);
    size_t offset;
    Reservation *reservation = Find(address, &offset);
    if (!reservation || offset >= reservation->accessible) return;
    reservation->budget->Give(reservation->accessible - offset);
    reservation->accessible = offset;
}

bool CountingPages::FreePages(void *address, size_t length) {
    Retreat(address);
    {
        std::lock_guard<std::mutex> lock(mutex_);
        reservations_.erase(Number(address));
    }
    return pages_->FreePages(address, length);
}

bool CountingPages::ReleasePages(void *address, size_t length, size_t new_length) {
    Retreat(static_cast<char *>(address) + new_length);
    {
        std::lock_guard<std::mutex> lock(mutex_);
        auto found = reservations_.find(Number(address));
        if (found != reservations_.end()) found->second.length = new_length;
    }
    return pages_->ReleasePages(address, length, new_length);
}

bool CountingPages::SetPermissions(void *address, size_t length, Permission access) {
    if (!IsAccessible(access))
        Retreat(address);
    else if (!MayReach(address, length))
        return false;
    return pages_->SetPermissions(address, length, access);
}

bool CountingPages::DecommitPages(void *address, size_t size) {
    Retreat(address);
    return pages_->DecommitPages(address, size);
}

} // namespace jsrun
