#include "v8/addresses.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>

#include "v8/engine_process.h"

namespace jsrun {

namespace {

constexpr size_t kMegabyte = size_t{1} << 20;
// What V8 reserves for an isolate besides room for machine code, and for a heap to start with.
constexpr size_t kIsolate = (V8_AT_LEAST(13, 0) ? 384 : 64) * kMegabyte;
// The threads and arenas that it starts with.
constexpr size_t kProcess = (V8_AT_LEAST(13, 0) ? 256 : 64) * kMegabyte;
constexpr size_t kUsualCode = (V8_AT_LEAST(13, 0) ? 512 : 128) * kMegabyte;
constexpr size_t kLeastCode = 32 * kMegabyte;

// Nothing but the reservation of V8's that is meant is as large.
constexpr size_t kLargest = size_t{4} << 30;
constexpr size_t kChunk = 64 * 1024;

bool IsLimited() {
    rlimit limit;
    return getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

bool HasRoom(size_t length) {
    void *place =
        mmap(nullptr, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (place == MAP_FAILED) return false;
    munmap(place, length);
    return true;
}

// Whether the process has nothing there.
bool IsFree(uintptr_t start, uintptr_t end) {
    FILE *maps = std::fopen("/proc/self/maps", "re");
    if (!maps) return false;
    char line[512];
    uintptr_t from, to;
    bool free = true;
    while (free && std::fgets(line, sizeof line, maps))
        if (std::sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to) == 2)
            free = to <= start || from >= end;
    std::fclose(maps);
    return free;
}

int Protection(v8::PageAllocator::Permission access) {
    switch (access) {
    case v8::PageAllocator::kRead:
        return PROT_READ;
    case v8::PageAllocator::kReadWrite:
        return PROT_READ | PROT_WRITE;
    default:
        return PROT_NONE;
    }
}

bool MapChunk(uintptr_t at, size_t length, int protection) {
    void *place = reinterpret_cast<void *>(at);
    void *mapped = mmap(place, length, protection,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (mapped == place) return true;
    if (mapped != MAP_FAILED) munmap(mapped, length); // a kernel that does not know the flag
    return errno == EEXIST && mprotect(place, length, protection) == 0;
}

bool Map(void *address, size_t length, int protection) {
    if (mprotect(address, length, protection) == 0) return true;
    uintptr_t start = reinterpret_cast<uintptr_t>(address), end = start + length;
    for (uintptr_t at = start; at < end; at += kChunk)
        if (!MapChunk(at, std::min(kChunk, end - at), protection)) return false;
    return true;
}

} // namespace

void FitAddressSpace(v8::ResourceConstraints &constraints) {
    if (!IsLimited()) return;
    size_t code = constraints.code_range_size_in_bytes();
    if (HasRoom(kIsolate + (code ? code : kUsualCode))) return;
    if (!code || code > kLeastCode) constraints.set_code_range_size_in_bytes(kLeastCode);
}

bool SparsePages::Holds(const void *address) const {
    uintptr_t at = reinterpret_cast<uintptr_t>(address);
    return at >= start_ && at < end_;
}

// Addresses that the process does not use. The kernel gives out others unless it is asked for
// these.
void *SparsePages::Promise(uintptr_t near, size_t length, size_t alignment) {
    if (start_ || !IsLimited()) return nullptr;
    for (int tries = 0; tries < 8; tries++) {
        uintptr_t start = (near + alignment - 1) & ~(alignment - 1);
        if (start && IsFree(start, start + length)) {
            start_ = start;
            end_ = start + length;
            return reinterpret_cast<void *>(start);
        }
        near = reinterpret_cast<uintptr_t>(pages_->GetRandomMmapAddr());
    }
    return nullptr;
}

void *SparsePages::AllocatePages(void *address, size_t length, size_t alignment,
                                 Permission access) {
    void *pages = pages_->AllocatePages(address, length, alignment, access);
    if (pages || length < kLargest || access != kNoAccess) return pages;
    return Promise(reinterpret_cast<uintptr_t>(address), length, alignment);
}

#if V8_AT_LEAST(15, 0)
void *SparsePages::AllocatePages(size_t length, size_t alignment, Permission access,
                                 AllocationHint hint) {
    void *pages = pages_->AllocatePages(length, alignment, access, hint);
    if (pages || length < kLargest || access != kNoAccess) return pages;
    return Promise(reinterpret_cast<uintptr_t>(hint.Address()), length, alignment);
}
#endif

bool SparsePages::FreePages(void *address, size_t length) {
    return Holds(address) ? munmap(address, length) == 0 : pages_->FreePages(address, length);
}

bool SparsePages::ReleasePages(void *address, size_t length, size_t new_length) {
    if (!Holds(address)) return pages_->ReleasePages(address, length, new_length);
    return munmap(static_cast<char *>(address) + new_length, length - new_length) == 0;
}

bool SparsePages::SetPermissions(void *address, size_t length, Permission access) {
    if (!Holds(address)) return pages_->SetPermissions(address, length, access);
    if (Protection(access) == PROT_NONE) return munmap(address, length) == 0;
    return Map(address, length, Protection(access));
}

bool SparsePages::DecommitPages(void *address, size_t size) {
    return Holds(address) ? munmap(address, size) == 0 : pages_->DecommitPages(address, size);
}

bool SparsePages::DiscardSystemPages(void *address, size_t size) {
    if (!Holds(address)) return pages_->DiscardSystemPages(address, size);
    madvise(address, size, MADV_DONTNEED); // what is not mapped is discarded already
    return true;
}

#if V8_AT_LEAST(13, 0)
bool SparsePages::RecommitPages(void *address, size_t length, Permission access) {
    return Holds(address) ? Map(address, length, Protection(access))
                          : pages_->RecommitPages(address, length, access);
}
#endif

} // namespace jsrun

bool engine_has_addresses(bool process_started) {
    using namespace jsrun;
    return !IsLimited() || HasRoom(kIsolate + kLeastCode + (process_started ? 0 : kProcess));
}
