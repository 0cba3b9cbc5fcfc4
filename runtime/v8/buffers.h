// The memory of ArrayBuffers, which lies outside of the heap: counted, and refused beyond a limit.
#ifndef RUNTIME_V8_BUFFERS_H
#define RUNTIME_V8_BUFFERS_H

#include <v8.h>

#include <atomic>
#include <memory>

namespace jsrun {

// Bytes that are left. Any thread: V8 frees buffers on threads of its own.
class Budget {
  public:
    explicit Budget(size_t bytes) : left_(bytes) {}
    bool Take(size_t bytes);
    void Give(size_t bytes) { left_ += bytes; }

  private:
    std::atomic<size_t> left_;
};

class CountingAllocator : public v8::ArrayBuffer::Allocator {
  public:
    explicit CountingAllocator(size_t limit);

    const std::shared_ptr<Budget> &budget() { return budget_; }

    // Buffers that outlive their isolate need it still.
    bool InUse();

    void *Allocate(size_t length) override;
    void *AllocateUninitialized(size_t length) override;
    void Free(void *data, size_t length) override;

  private:
    std::unique_ptr<v8::ArrayBuffer::Allocator> memory_;
    std::atomic<size_t> buffers_{0};
    std::shared_ptr<Budget> budget_;
};

} // namespace jsrun

#endif
