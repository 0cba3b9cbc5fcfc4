#include "v8/start.h"

#include "snapshot.h"
#include "v8/builtins.h"
#include "v8/references.h"

namespace jsrun {

Start::Start() {
    engine_blob blob = snapshot_startup();
    blob_.data = blob.data;
    blob_.raw_size = static_cast<int>(blob.size);
}

void Start::Configure(v8::Isolate::CreateParams *params) {
    params->external_references = References::Table();
    if (blob_.data) params->snapshot_blob = &blob_;
}

v8::Local<v8::Context> Start::NewContext(v8::Isolate *isolate) const {
    return blob_.data ? v8::Context::New(isolate) : MakeContext(isolate);
}

namespace {

// An isolate outside of any runtime.
class PlainIsolate {
  public:
    PlainIsolate() : isolate_(v8::Isolate::Allocate()) {
        Platform::Get().AddIsolate(isolate_, tasks_);
    }
    ~PlainIsolate() {
        tasks_->Close();
        Platform::Get().RemoveIsolate(isolate_);
    }
    v8::Isolate *get() const { return isolate_; }

  private:
    std::shared_ptr<ForegroundTasks> tasks_ = std::make_shared<ForegroundTasks>(nullptr);
    v8::Isolate *isolate_;
};

v8::StartupData MakeBlob() {
    PlainIsolate isolate;
#if V8_MAJOR_VERSION >= 13
    v8::Isolate::CreateParams params;
    std::unique_ptr<v8::ArrayBuffer::Allocator> allocator(
        v8::ArrayBuffer::Allocator::NewDefaultAllocator());
    params.array_buffer_allocator = allocator.get();
    params.external_references = References::Table();
    v8::SnapshotCreator creator(isolate.get(), params);
#else
    v8::SnapshotCreator creator(isolate.get(), References::Table());
#endif
    {
        v8::HandleScope scope(isolate.get());
        Builtins builtins(isolate.get());
        if (!builtins.Hide()) return {nullptr, 0};
        creator.SetDefaultContext(MakeContext(isolate.get(), &builtins));
    }
    return creator.CreateBlob(v8::SnapshotCreator::FunctionCodeHandling::kKeep);
}

} // namespace

} // namespace jsrun

engine_blob engine_startup_snapshot() {
    v8::StartupData blob = jsrun::MakeBlob();
    return {blob.data, static_cast<size_t>(blob.raw_size)};
}

void engine_blob_free(engine_blob blob) { delete[] blob.data; }
