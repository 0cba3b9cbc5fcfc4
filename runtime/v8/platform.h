// V8's platform: worker threads from V8's own default platform, foreground tasks kept for the runtimes'
// threads, which are woken for them.
#ifndef RUNTIME_V8_PLATFORM_H
#define RUNTIME_V8_PLATFORM_H

#include <v8-platform.h>
#include <v8-version.h>

#include <memory>
#include <mutex>
#include <queue>
#include <unordered_map>
#include <vector>

#include "jsrun/runtime.h"
#include "v8/pages.h"

namespace jsrun {

// A check of V8's has failed, which V8 has said on stderr; it ends the process when this returns. (memory.cc)
void OnFatalError();

// The tasks that V8 wants to be run by whoever has one isolate. Any thread posts; the isolate's holder runs.
class ForegroundTasks : public v8::TaskRunner {
  public:
    explicit ForegroundTasks(jsrun_runtime *runtime) : runtime_(runtime) {}

    // One that is due by then. False: there is none.
    bool RunNext(double now);
    // Seconds until the next task is due; negative: none.
    double UntilNext();
    // V8 may post for a while after the isolate has gone: such tasks are dropped.
    void Close();

    bool IdleTasksEnabled() override { return false; }
    bool NonNestableTasksEnabled() const override { return true; }
    bool NonNestableDelayedTasksEnabled() const override { return true; }

#if V8_MAJOR_VERSION >= 13
  protected:
    void PostTaskImpl(std::unique_ptr<v8::Task> task, const v8::SourceLocation &) override {
        Add(std::move(task), 0);
    }
    void PostNonNestableTaskImpl(std::unique_ptr<v8::Task> task,
                                 const v8::SourceLocation &) override {
        Add(std::move(task), 0);
    }
    void PostDelayedTaskImpl(std::unique_ptr<v8::Task> task, double delay,
                             const v8::SourceLocation &) override {
        Add(std::move(task), delay);
    }
    void PostNonNestableDelayedTaskImpl(std::unique_ptr<v8::Task> task, double delay,
                                        const v8::SourceLocation &) override {
        Add(std::move(task), delay);
    }
    void PostIdleTaskImpl(std::unique_ptr<v8::IdleTask>, const v8::SourceLocation &) override {}
#else
    void PostTask(std::unique_ptr<v8::Task> task) override { Add(std::move(task), 0); }
    void PostNonNestableTask(std::unique_ptr<v8::Task> task) override { Add(std::move(task), 0); }
    void PostDelayedTask(std::unique_ptr<v8::Task> task, double delay) override {
        Add(std::move(task), delay);
    }
    void PostNonNestableDelayedTask(std::unique_ptr<v8::Task> task, double delay) override {
        Add(std::move(task), delay);
    }
    void PostIdleTask(std::unique_ptr<v8::IdleTask>) override {}
#endif

  private:
    struct Entry {
        double due;
        uint64_t order; // tasks that are due at once run in the order they came in
        std::shared_ptr<v8::Task> task;
        bool operator<(const Entry &other) const {
            return due != other.due ? due > other.due : order > other.order;
        }
    };

    void Add(std::unique_ptr<v8::Task> task, double delay);

    std::mutex mutex_;
    jsrun_runtime *runtime_; // NULL once closed
    std::priority_queue<Entry> tasks_;
    uint64_t order_ = 0;
};

// The process's one platform. Never destroyed: V8's worker threads may use it until the process ends.
class Platform : public v8::Platform {
  public:
    static Platform &Get();

    // Before the isolate is initialised, and after it has been disposed.
    void AddIsolate(v8::Isolate *isolate, std::shared_ptr<ForegroundTasks> tasks);
    void RemoveIsolate(v8::Isolate *isolate);

    v8::PageAllocator *GetPageAllocator() override { return &pages_; }
    int NumberOfWorkerThreads() override { return workers_->NumberOfWorkerThreads(); }
    double MonotonicallyIncreasingTime() override {
        return workers_->MonotonicallyIncreasingTime();
    }
    double CurrentClockTimeMillis() override { return workers_->CurrentClockTimeMillis(); }
    StackTracePrinter GetStackTracePrinter() override { return OnFatalError; }
    v8::TracingController *GetTracingController() override {
        return workers_->GetTracingController();
    }

#if V8_MAJOR_VERSION >= 13
    std::shared_ptr<v8::TaskRunner> GetForegroundTaskRunner(v8::Isolate *isolate,
                                                            v8::TaskPriority) override {
        return Tasks(isolate);
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
        return Tasks(isolate);
    }
    v8::ZoneBackingAllocator *GetZoneBackingAllocator() override {
        return workers_->GetZoneBackingAllocator();
    }
    std::unique_ptr<v8::JobHandle> PostJob(v8::TaskPriority priority,
                                           std::unique_ptr<v8::JobTask> task) override {
        return workers_->PostJob(priority, std::move(task));
    }
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

  private:
    Platform();
    std::shared_ptr<v8::TaskRunner> Tasks(v8::Isolate *isolate);

    std::unique_ptr<v8::Platform> workers_;
    CountingPages pages_;
    std::mutex mutex_;
    std::unordered_map<v8::Isolate *, std::shared_ptr<ForegroundTasks>> isolates_;
};

} // namespace jsrun

#endif
