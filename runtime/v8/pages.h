// The memory of resizable ArrayBuffers and of WebAssembly: it comes from the platform's pages, past
// the allocator of buffers, and counts as theirs does.
#ifndef RUNTIME_V8_PAGES_H
#define RUNTIME_V8_PAGES_H

#include <map>
#include <memory>
#include <mutex>

#include "v8/buffers.h"
#include "v8/compat_platform.h"

namespace jsrun {

// Such memory reserves addresses for the most that it may become, inaccessible and with a small
// alignment, which V8's heaps never ask for. What is made accessible of that counts. Everything
// else is passed on.
class CountingPages : public WatchedPages {
  public:
    explicit CountingPages(v8::PageAllocator *pages) : WatchedPages(pages) {}

    bool FreePages(void *address, size_t length) override;
    bool ReleasePages(void *address, size_t length, size_t new_length) override;
    bool SetPermissions(void *address, size_t length, Permission access) override;
    bool DecommitPages(void *address, size_t size) override;

  protected:
    void Allocated(void *pages, size_t length, size_t alignment, Permission access) override;
    bool MayReach(void *address, size_t length) override;

  private:
    struct Reservation {
        size_t length;
        size_t accessible; // from its start on
        std::shared_ptr<Budget> budget;
    };
    Reservation *Find(void *address, size_t *offset);
    void Retreat(void *address);

    std::mutex mutex_;
    std::map<uintptr_t, Reservation> reservations_;
};

} // namespace jsrun

#endif
