// The classes of V8's platform, each in a form that is the same for all versions. See compat.h.
#ifndef RUNTIME_V8_COMPAT_PLATFORM_H
#define RUNTIME_V8_COMPAT_PLATFORM_H

#include <v8-platform.h>

#include <memory>

#include "v8/compat.h"

namespace jsrun {

// Foreground tasks: all of them come to Add().
class AnyTaskRunner : public v8::TaskRunner {
  public:
    bool IdleTasksEnabled() override { return false; }
    bool NonNestableTasksEnabled() const override { return true; }
    bool NonNestableDelayedTasksEnabled() const override { return true; }

    // Any thread; after `delay` seconds. `awaited`: a promise may depend on it, as with
    // Atomics.waitAsync(), whose tasks must not be nested. What V8's collector does some time is
    // not.
    virtual void Add(std::unique_ptr<v8::Task> task, double delay, bool awaited) = 0;

#if V8_AT_LEAST(13, 0)
  protected:
    void PostTaskImpl(std::unique_ptr<v8::Task> task, const v8::SourceLocation &) override {
        Add(std::move(task), 0, false);
    }
    void PostNonNestableTaskImpl(std::unique_ptr<v8::Task> task,
                                 const v8::SourceLocation &) override {
        Add(std::move(task), 0, false);
    }
    void PostDelayedTaskImpl(std::unique_ptr<v8::Task> task, double delay,
                             const v8::SourceLocation &) override {
        Add(std::move(task), delay, false);
    }
    void PostNonNestableDelayedTaskImpl(std::unique_ptr<v8::Task> task, double delay,
                                        const v8::SourceLocation &) override {
        Add(std::move(task), delay, true);
    }
    void PostIdleTaskImpl(std::unique_ptr<v8::IdleTask>, const v8::SourceLocation &) override {}
#else
    void PostTask(std::unique_ptr<v8::Task> task) override { Add(std::move(task), 0, false); }
    void PostNonNestableTask(std::unique_ptr<v8::Task> task) override {
        Add(std::move(task), 0, false);
    }
    void PostDelayedTask(std::unique_ptr<v8::Task> task, double delay) override {
        Add(std::move(task), delay, false);
    }
    void PostNonNestableDelayedTask(std::unique_ptr<v8::Task> task, double delay) override {
        Add(std::move(task), delay, true);
    }
    void PostIdleTask(std::unique_ptr<v8::IdleTask>) override {}
#endif
};

// Another platform's worker threads and clocks; foreground tasks by TasksOf().
class WorkersPlatform : public v8::Platform {
  public:
    int NumberOfWorkerThreads() override { return workers_->NumberOfWorkerThreads(); }
    double MonotonicallyIncreasingTime() override {
        return workers_->MonotonicallyIncreasingTime();
    }
    double CurrentClockTimeMillis() override { return workers_->CurrentClockTimeMillis(); }
    v8::TracingController *GetTracingController() override {
        return workers_->GetTracingController();
    }

#if V8_AT_LEAST(13, 0)
    std::shared_ptr<v8::TaskRunner> GetForegroundTaskRunner(v8::Isolate *isolate,
                                                            v8::TaskPriority) override {
        return TasksOf(isolate);
    }
    v8::ThreadIsolatedAllocator *GetThreadIsolatedAllocator() override {
        return workers_->GetThreadIsolatedAllocator();
    }

  protected:
    std::unique_ptr<v8::JobHandle> CreateJobImpl(v8::TaskPriority priority,
                                                 std::unique_ptr<v8::JobTask> task,
                                                 const v8::SourceLocation &location) override {
        return workers_->CreateJob(priority, std::move(task), location);
    }
    void PostTaskOnWorkerThreadImpl(v8::TaskPriority priority, std::unique_ptr<v8::Task> task,
                                    const v8::SourceLocation &location) override {
        workers_->PostTaskOnWorkerThread(priority, std::move(task), location);
    }
    void PostDelayedTaskOnWorkerThreadImpl(v8::TaskPriority priority,
                                           std::unique_ptr<v8::Task> task, double delay,
                                           const v8::SourceLocation &location) override {
        workers_->PostDelayedTaskOnWorkerThread(priority, std::move(task), delay, location);
    }
#else
    std::shared_ptr<v8::TaskRunner> GetForegroundTaskRunner(v8::Isolate *isolate) override {
        return TasksOf(isolate);
    }
    v8::ZoneBackingAllocator *GetZoneBackingAllocator() override {
        return workers_->GetZoneBackingAllocator();
    }
    std::unique_ptr<v8::JobHandle> PostJob(v8::TaskPriority priority,
                                           std::unique_ptr<v8::JobTask> task) override {
        return workers_->PostJob(priority, std::move(task));
    }
#if V8_AT_LEAST(11, 0)
    std::unique_ptr<v8::JobHandle> CreateJob(v8::TaskPriority priority,
                                             std::unique_ptr<v8::JobTask> task) override {
        return workers_->CreateJob(priority, std::move(task));
    }
#endif
    void CallOnWorkerThread(std::unique_ptr<v8::Task> task) override {
        workers_->CallOnWorkerThread(std::move(task));
    }
    void CallBlockingTaskOnWorkerThread(std::unique_ptr<v8::Task> task) override {
        workers_->CallBlockingTaskOnWorkerThread(std::move(task));
    }
    void CallLowPriorityTaskOnWorkerThread(std::unique_ptr<v8::Task> task) override {
        workers_->CallLowPriorityTaskOnWorkerThread(std::move(task));
    }
    void CallDelayedOnWorkerThread(std::unique_ptr<v8::Task> task, double delay) override {
        workers_->CallDelayedOnWorkerThread(std::move(task), delay);
    }
#endif

  protected:
    explicit WorkersPlatform(std::unique_ptr<v8::Platform> workers)
        : workers_(std::move(workers)) {}
    virtual std::shared_ptr<v8::TaskRunner> TasksOf(v8::Isolate *isolate) = 0;

    v8::PageAllocator *worker_pages() { return workers_->GetPageAllocator(); }

  private:
    std::unique_ptr<v8::Platform> workers_;
};

// Another page allocator, whose pages are told of when they are allocated and when they become
// accessible.
class WatchedPages : public v8::PageAllocator {
  public:
    explicit WatchedPages(v8::PageAllocator *pages) : pages_(pages) {}

    size_t AllocatePageSize() override { return pages_->AllocatePageSize(); }
    size_t CommitPageSize() override { return pages_->CommitPageSize(); }
    void SetRandomMmapSeed(int64_t seed) override { pages_->SetRandomMmapSeed(seed); }
    void *GetRandomMmapAddr() override { return pages_->GetRandomMmapAddr(); }
    bool DiscardSystemPages(void *address, size_t size) override {
        return pages_->DiscardSystemPages(address, size);
    }
    bool ReserveForSharedMemoryMapping(void *address, size_t size) override {
        return pages_->ReserveForSharedMemoryMapping(address, size);
    }
    std::unique_ptr<SharedMemory> AllocateSharedPages(size_t length,
                                                      const void *original) override {
        return pages_->AllocateSharedPages(length, original);
    }
    bool CanAllocateSharedPages() override { return pages_->CanAllocateSharedPages(); }

    void *AllocatePages(void *address, size_t length, size_t alignment,
                        Permission access) override {
        void *pages = pages_->AllocatePages(address, length, alignment, access);
        if (pages) Allocated(pages, length, alignment, access);
        return pages;
    }
#if V8_AT_LEAST(13, 0)
    bool RecommitPages(void *address, size_t length, Permission access) override {
        return MayReach(address, length) && pages_->RecommitPages(address, length, access);
    }
#endif
#if V8_AT_LEAST(15, 0)
    void *AllocatePages(size_t length, size_t alignment, Permission access,
                        AllocationHint hint) override {
        void *pages = pages_->AllocatePages(length, alignment, access, hint);
        if (pages) Allocated(pages, length, alignment, access);
        return pages;
    }
    bool ResizeAllocationAt(void *address, size_t old_length, size_t new_length,
                            Permission access) override {
        return pages_->ResizeAllocationAt(address, old_length, new_length, access);
    }
    bool SealPages(void *address, size_t length) override {
        return pages_->SealPages(address, length);
    }
#endif

  protected:
    virtual void Allocated(void *pages, size_t length, size_t alignment, Permission access) = 0;
    // False: that would be too much.
    virtual bool MayReach(void *address, size_t length) = 0;

    static bool IsAccessible(Permission access) {
#if V8_AT_LEAST(13, 0)
        if (access == kNoAccessWillJitLater) return false;
#endif
        return access != kNoAccess;
    }

    v8::PageAllocator *pages_;
};

} // namespace jsrun

#endif
