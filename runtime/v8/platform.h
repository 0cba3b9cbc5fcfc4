// V8's platform: worker threads from V8's own default platform, foreground tasks kept for the
// runtimes' threads, which are woken for them.
#ifndef RUNTIME_V8_PLATFORM_H
#define RUNTIME_V8_PLATFORM_H

#include <memory>
#include <mutex>
#include <queue>
#include <unordered_map>
#include <vector>

#include "jsrun/runtime.h"
#include "v8/addresses.h"
#include "v8/pages.h"

namespace jsrun {

// A check of V8's has failed, which V8 has said on stderr; it ends the process when this returns.
// (memory.cc)
void OnFatalError();

// The tasks that V8 wants to be run by the thread that has one isolate. Any thread posts; the
// isolate's holder runs.
class ForegroundTasks : public AnyTaskRunner {
  public:
    explicit ForegroundTasks(jsrun_runtime *runtime) : runtime_(runtime) {}

    // One that is due by then. False: there is none.
    bool RunNext(double now);
    // Seconds until the next task is due; negative: none.
    double UntilNext();
    // Whether a promise may depend on one, also on one that is due later.
    bool AnyAwaited();
    // V8 may post for a while after the isolate has gone: such tasks are dropped.
    void Close();

    // Of an isolate that is dead, before it is disposed of: V8 would wait for tasks that have not
    // ended.
    void DropRunning() { running_.clear(); }

    void Add(std::unique_ptr<v8::Task> task, double delay, bool awaited) override;

  private:
    struct Entry {
        double due;
        uint64_t order; // tasks that are due at once run in the order they came in
        std::shared_ptr<v8::Task> task;
        bool awaited;
        bool operator<(const Entry &other) const {
            return due != other.due ? due > other.due : order > other.order;
        }
    };

    // The isolate's holder's. What V8 was jumped out of when it ran out of memory stays here.
    std::vector<std::shared_ptr<v8::Task>> running_;
    std::mutex mutex_;
    jsrun_runtime *runtime_; // NULL once closed
    std::priority_queue<Entry> tasks_;
    uint64_t order_ = 0;
    size_t awaited_ = 0; // how many of tasks_ are
};

// The process's one platform. Never destroyed: V8's worker threads may use it until the process
// ends.
class Platform : public WorkersPlatform {
  public:
    static Platform &Get();

    // Before the isolate is initialised, and after it has been disposed.
    void AddIsolate(v8::Isolate *isolate, std::shared_ptr<ForegroundTasks> tasks);
    void RemoveIsolate(v8::Isolate *isolate);

    v8::PageAllocator *GetPageAllocator() override { return &pages_; }
    StackTracePrinter GetStackTracePrinter() override { return OnFatalError; }

  private:
    Platform();
    std::shared_ptr<v8::TaskRunner> TasksOf(v8::Isolate *isolate) override;

    SparsePages sparse_pages_;
    CountingPages pages_;
    std::mutex mutex_;
    std::unordered_map<v8::Isolate *, std::shared_ptr<ForegroundTasks>> isolates_;
};

} // namespace jsrun

#endif
