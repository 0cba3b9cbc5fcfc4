#include "v8/platform.h"

#include <libplatform/libplatform.h>

#include "v8/embedder.h"

namespace jsrun {

void ForegroundTasks::Add(std::unique_ptr<v8::Task> task, double delay, bool awaited) {
    double due = delay > 0 ? Platform::Get().MonotonicallyIncreasingTime() + delay : 0;
    std::lock_guard<std::mutex> lock(mutex_);
    if (!runtime_) return;
    tasks_.push({due, order_++, std::move(task), awaited});
    awaited_ += awaited;
    // Under the mutex: after Close() nobody may wake a runtime that has gone.
    runtime_tasks_posted(runtime_);
}

bool ForegroundTasks::RunNext(double now) {
    std::shared_ptr<v8::Task> task;
    {
        std::lock_guard<std::mutex> lock(mutex_);
        if (tasks_.empty() || tasks_.top().due > now) return false;
        task = tasks_.top().task;
        awaited_ -= tasks_.top().awaited;
        tasks_.pop();
    }
    running_.push_back(std::move(task));
    running_.back()->Run();
    running_.pop_back();
    return true;
}

double ForegroundTasks::UntilNext() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (tasks_.empty()) return -1;
    double due = tasks_.top().due;
    double now = due > 0 ? Platform::Get().MonotonicallyIncreasingTime() : 0;
    return due > now ? due - now : 0;
}

bool ForegroundTasks::AnyAwaited() {
    std::lock_guard<std::mutex> lock(mutex_);
    return awaited_ > 0;
}

void ForegroundTasks::Close() {
    std::priority_queue<Entry> dropped; // tasks are freed outside of the mutex
    std::lock_guard<std::mutex> lock(mutex_);
    runtime_ = nullptr;
    dropped.swap(tasks_);
}

Platform &Platform::Get() {
    static Platform *platform = new Platform();
    return *platform;
}

Platform::Platform()
    : WorkersPlatform(v8::platform::NewDefaultPlatform()), sparse_pages_(worker_pages()),
      pages_(&sparse_pages_) {}

void Platform::AddIsolate(v8::Isolate *isolate, std::shared_ptr<ForegroundTasks> tasks) {
    std::lock_guard<std::mutex> lock(mutex_);
    isolates_[isolate] = std::move(tasks);
}

void Platform::RemoveIsolate(v8::Isolate *isolate) {
    std::lock_guard<std::mutex> lock(mutex_);
    isolates_.erase(isolate);
}

std::shared_ptr<v8::TaskRunner> Platform::TasksOf(v8::Isolate *isolate) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto found = isolates_.find(isolate);
    return found == isolates_.end() ? nullptr : found->second;
}

} // namespace jsrun
