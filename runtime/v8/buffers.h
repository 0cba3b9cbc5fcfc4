// The memory of ArrayBuffers, which lies outside of the heap: counted, and refused beyond a limit.
#ifndef RUNTIME_V8_BUFFERS_H
#define RUNTIME_V8_BUFFERS_H

#include <v8.h>

#include <atomic>
#include <memory>
#include <unordered_map>

namespace jsrun {

// The bytes that an isolate's buffers may still take. Any thread: V8 frees buffers on threads of
// its own.
class Budget {
  public:
    explicit Budget(size_t bytes) : left_(bytes) {}
    // False: fewer are left.
    bool Take(size_t bytes);
    void Give(size_t bytes) { left_ += bytes; }

    // The system had no memory for a buffer that would have been within the limit.
    void Refuse() { refused_ = true; }
    // Whether any buffer was refused since the last call.
    bool TakeRefusal() { return refused_.exchange(false); }

  private:
    std::atomic<size_t> left_;
    std::atomic<bool> refused_{false};
};

class CountingAllocator : public v8::ArrayBuffer::Allocator {
  public:
    explicit CountingAllocator(size_t limit);
    ~CountingAllocator() override;

    const std::shared_ptr<Budget> &budget() { return budget_; }

    void *Allocate(size_t length) override;
    void *AllocateUninitialized(size_t length) override;
    void Free(void *data, size_t length) override;

    // Memory for a function that V8 has called, of which there may be as much as of buffers. If the
    // isolate dies before the function has finished, it is freed with the allocator. NULL: too
    // much. With the isolate.
    void *ResizeScratch(void *memory, size_t length);
    void FreeScratch(void *memory);

  private:
    void *GiveBackIfNull(void *data, size_t length);

    std::unique_ptr<v8::ArrayBuffer::Allocator> memory_;
    std::shared_ptr<Budget> budget_;
    Budget scratch_budget_;
    std::unordered_map<void *, size_t> scratch_; // their sizes
};

} // namespace jsrun

#endif
