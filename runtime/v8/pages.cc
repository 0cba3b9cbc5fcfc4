#include "v8/pages.h"

#include "v8/local.h"

namespace jsrun {

namespace {

// A page of WebAssembly's. V8's heaps are aligned to four times that and more.
constexpr size_t kLargestAlignment = 64 * 1024;

bool IsAccessible(v8::PageAllocator::Permission access) {
#if V8_MAJOR_VERSION >= 13
    if (access == v8::PageAllocator::kNoAccessWillJitLater) return false;
#endif
    return access != v8::PageAllocator::kNoAccess;
}

uintptr_t Number(const void *address) { return reinterpret_cast<uintptr_t>(address); }

// Of the isolate that is at work on this thread.
std::shared_ptr<Budget> CurrentBudget() {
    v8::Isolate *isolate = v8::Isolate::TryGetCurrent();
    auto *self = isolate ? static_cast<engine *>(isolate->GetData(0)) : nullptr;
    return self ? self->allocator->budget() : nullptr;
}

} // namespace

void CountingPages::Note(void *pages, size_t length, size_t alignment, Permission access) {
    if (!pages || access != kNoAccess || alignment > kLargestAlignment) return;
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

// More becomes accessible. False: too much.
bool CountingPages::Reach(void *address, size_t length) {
    std::lock_guard<std::mutex> lock(mutex_);
    size_t offset;
    Reservation *reservation = Find(address, &offset);
    if (!reservation || offset + length <= reservation->accessible) return true;
    if (!reservation->budget->Take(offset + length - reservation->accessible)) return false;
    reservation->accessible = offset + length;
    return true;
}

// What begins here is accessible no more.
void CountingPages::Retreat(void *address) {
    std::lock_guard<std::mutex> lock(mutex_);
    size_t offset;
    Reservation *reservation = Find(address, &offset);
    if (!reservation || offset >= reservation->accessible) return;
    reservation->budget->Give(reservation->accessible - offset);
    reservation->accessible = offset;
}

void *CountingPages::AllocatePages(void *address, size_t length, size_t alignment,
                                   Permission access) {
    void *pages = pages_->AllocatePages(address, length, alignment, access);
    Note(pages, length, alignment, access);
    return pages;
}

#if V8_MAJOR_VERSION >= 15
void *CountingPages::AllocatePages(size_t length, size_t alignment, Permission access,
                                   AllocationHint hint) {
    void *pages = pages_->AllocatePages(length, alignment, access, hint);
    Note(pages, length, alignment, access);
    return pages;
}
#endif

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
    else if (!Reach(address, length))
        return false;
    return pages_->SetPermissions(address, length, access);
}

bool CountingPages::DecommitPages(void *address, size_t size) {
    Retreat(address);
    return pages_->DecommitPages(address, size);
}

} // namespace jsrun
