// The memory of resizable ArrayBuffers and of WebAssembly: it comes from the platform's pages, past the
// allocator of buffers, and counts as theirs does.
#ifndef RUNTIME_V8_PAGES_H
#define RUNTIME_V8_PAGES_H

#include <v8-platform.h>
#include <v8-version.h>

#include <map>
#include <memory>
#include <mutex>

#include "v8/buffers.h"

namespace jsrun {

// Such memory reserves addresses for the most that it may become, inaccessible and with a small alignment, which
// V8's heaps never ask for. What is made accessible of that counts. Everything else is passed on.
class CountingPages : public v8::PageAllocator {
  public:
    explicit CountingPages(v8::PageAllocator *pages) : pages_(pages) {}

    size_t AllocatePageSize() override { return pages_->AllocatePageSize(); }
    size_t CommitPageSize() override { return pages_->CommitPageSize(); }
    void SetRandomMmapSeed(int64_t seed) override { pages_->SetRandomMmapSeed(seed); }
    void *GetRandomMmapAddr() override { return pages_->GetRandomMmapAddr(); }
    void *AllocatePages(void *address, size_t length, size_t alignment, Permission access) override;
    bool FreePages(void *address, size_t length) override;
    bool ReleasePages(void *address, size_t length, size_t new_length) override;
    bool SetPermissions(void *address, size_t length, Permission access) override;
    bool DiscardSystemPages(void *address, size_t size) override {
        return pages_->DiscardSystemPages(address, size);
    }
    bool DecommitPages(void *address, size_t size) override;
    bool ReserveForSharedMemoryMapping(void *address, size_t size) override {
        return pages_->ReserveForSharedMemoryMapping(address, size);
    }
    std::unique_ptr<SharedMemory> AllocateSharedPages(size_t length,
                                                      const void *original) override {
        return pages_->AllocateSharedPages(length, original);
    }
    bool CanAllocateSharedPages() override { return pages_->CanAllocateSharedPages(); }
#if V8_MAJOR_VERSION >= 13
    bool RecommitPages(void *address, size_t length, Permission access) override {
        return Reach(address, length) && pages_->RecommitPages(address, length, access);
    }
#endif
#if V8_MAJOR_VERSION >= 15
    void *AllocatePages(size_t length, size_t alignment, Permission access,
                        AllocationHint hint) override;
    bool ResizeAllocationAt(void *address, size_t old_length, size_t new_length,
                            Permission access) override {
        return pages_->ResizeAllocationAt(address, old_length, new_length, access);
    }
    bool SealPages(void *address, size_t length) override {
        return pages_->SealPages(address, length);
    }
#endif

  private:
    struct Reservation {
        size_t length;
        size_t accessible; // from its start on
        std::shared_ptr<Budget> budget;
    };
    void Note(void *pages, size_t length, size_t alignment, Permission access);
    Reservation *Find(void *address, size_t *offset);
    bool Reach(void *address, size_t length);
    void Retreat(void *address);

    v8::PageAllocator *pages_;
    std::mutex mutex_;
    std::map<uintptr_t, Reservation> reservations_;
};

} // namespace jsrun

#endif
