// Address space, for processes that may use little of it (ulimit -v, RLIMIT_AS). V8 reserves far
// more than it uses, and ends the process where that fails.
#ifndef RUNTIME_V8_ADDRESSES_H
#define RUNTIME_V8_ADDRESSES_H

#include "v8/compat_platform.h"

namespace jsrun {

// Asks V8 for less room for machine code where the usual amount cannot be had.
void FitAddressSpace(v8::ResourceConstraints &constraints);

// Newer versions of V8 reserve 48 GB once, for objects of C++ that we do not make. Where the system
// refuses that, the pages of such a reservation are mapped when V8 makes them accessible.
class SparsePages : public WatchedPages {
  public:
    explicit SparsePages(v8::PageAllocator *pages) : WatchedPages(pages) {}

    void *AllocatePages(void *address, size_t length, size_t alignment, Permission access) override;
    bool FreePages(void *address, size_t length) override;
    bool ReleasePages(void *address, size_t length, size_t new_length) override;
    bool SetPermissions(void *address, size_t length, Permission access) override;
    bool DecommitPages(void *address, size_t size) override;
    bool DiscardSystemPages(void *address, size_t size) override;
#if V8_AT_LEAST(13, 0)
    bool RecommitPages(void *address, size_t length, Permission access) override;
#endif
#if V8_AT_LEAST(15, 0)
    void *AllocatePages(size_t length, size_t alignment, Permission access,
                        AllocationHint hint) override;
#endif

  protected:
    void Allocated(void *, size_t, size_t, Permission) override {}
    bool MayReach(void *, size_t) override { return true; }

  private:
    bool Holds(const void *address) const;
    void *Promise(uintptr_t near, size_t length, size_t alignment);

    // Of the one reservation that was promised. Written once, before V8 has threads that use it.
    uintptr_t start_ = 0;
    uintptr_t end_ = 0;
};

} // namespace jsrun

#endif
