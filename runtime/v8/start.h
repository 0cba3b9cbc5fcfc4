// Starting isolates from snapshots.
#ifndef RUNTIME_V8_START_H
#define RUNTIME_V8_START_H

#include "v8/isolate.h"

namespace jsrun {

// Where an isolate and its context come from.
class Start {
  public:
    explicit Start(const jsrun_runtime_options *options);
    // Not copied: V8 keeps a pointer.
    Start(const Start &) = delete;

    // Initialises the isolate.
    void Initialize(v8::Isolate *isolate, v8::Isolate::CreateParams params);
    // Inside the isolate and a handle scope.
    v8::Local<v8::Context> NewContext(v8::Isolate *isolate) const;

    // The rest is for an isolate that is to become a snapshot.
    bool IsForSnapshot() const { return creator_ != nullptr; }
    // Inside the isolate, without any handle or global left but this context.
    v8::StartupData MakeSnapshot(v8::Isolate *isolate, v8::Global<v8::Context> *context);
    // Instead of v8::Isolate::Dispose(). Nobody has entered the isolate.
    void Dispose(v8::Isolate *isolate);

  private:
    v8::Local<v8::Context> NewContextForSnapshot(v8::Isolate *isolate) const;

    v8::StartupData blob_ = {};
    bool is_startup_; // or else a snapshot of the host's
    bool for_snapshot_;
    std::unique_ptr<v8::SnapshotCreator> creator_;
};

} // namespace jsrun

#endif
