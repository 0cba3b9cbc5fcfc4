#include "v8/start.h"

#include "v8/addresses.h"
#include "v8/builtins.h"
#include "v8/embedder.h"
#include "v8/isolate_inspector.h"
#include "v8/late.h"
#include "v8/references.h"
#include "v8/engine_process.h"

namespace jsrun {

namespace {

// An isolate outside of any runtime.
class PlainIsolate {
  public:
    PlainIsolate() : isolate_(v8::Isolate::Allocate()) {
        Platform::Get().AddIsolate(isolate_, tasks_);
    }
    // The isolate has been disposed of.
    ~PlainIsolate() {
        tasks_->Close();
        Platform::Get().RemoveIsolate(isolate_);
    }
    v8::Isolate *get() const { return isolate_; }

  private:
    std::shared_ptr<ForegroundTasks> tasks_ = std::make_shared<ForegroundTasks>(nullptr);
    v8::Isolate *isolate_;
};

// An isolate from the startup snapshot that stays, once there is a snapshot other than that. Newer
// versions of V8 keep what never changes in the heap (the read-only space) once for all isolates of
// a process, as the first of them had it in its snapshot; those of the others refer to it by
// places, and V8 ends the process if these are others. So the first is always one from the startup
// snapshot, where a snapshot is made and where it is used.
struct Anchor {
    Anchor() {
        jsrun_runtime_options options = {};
        start = std::make_unique<Start>(&options);
        allocator.reset(v8::ArrayBuffer::Allocator::NewDefaultAllocator());
        v8::Isolate::CreateParams params;
        params.array_buffer_allocator = allocator.get();
        start->Initialize(isolate.get(), params);
        v8::Isolate::Scope scope(isolate.get());
        v8::HandleScope handles(isolate.get());
        list = ListBuiltIns(isolate.get(), start->NewContext(isolate.get()));
    }

    PlainIsolate isolate;
    std::unique_ptr<Start> start;
    std::unique_ptr<v8::ArrayBuffer::Allocator> allocator;
    std::string list;
};

const Anchor &TheAnchor() {
    static const Anchor *const anchor = new Anchor();
    return *anchor;
}

} // namespace

Start::Start(const jsrun_runtime_options *options)
    : is_startup_(!options->snapshot), for_snapshot_(options->for_snapshot) {
    engine_blob blob = options->snapshot ? snapshot_blob(options->snapshot, options->snapshot_size)
                                         : snapshot_startup();
    blob_.data = blob.data;
    blob_.raw_size = static_cast<int>(blob.size);
}

void Start::Initialize(v8::Isolate *isolate, v8::Isolate::CreateParams params) {
    params.external_references = References::Table();
    if (for_snapshot_ || !is_startup_) TheAnchor();
    if (blob_.data) params.snapshot_blob = &blob_;
    FitAddressSpace(params.constraints);
    if (!for_snapshot_) {
        v8::Isolate::Initialize(isolate, params);
        return;
    }
    creator_ = NewSnapshotCreator(isolate, params);
    isolate->SetAllowAtomicsWait(params.allow_atomics_wait);
    isolate->Exit();
}

v8::Local<v8::Context> Start::NewContext(v8::Isolate *isolate) const {
    if (for_snapshot_) return NewContextForSnapshot(isolate);
    return blob_.data ? v8::Context::New(isolate) : MakeContext(isolate);
}

// The built-in scripts are run anew: V8 takes those of the startup snapshot for extensions, and
// would keep the machine code that some of them may have been compiled to, which cannot be in a
// snapshot.
v8::Local<v8::Context> Start::NewContextForSnapshot(v8::Isolate *isolate) const {
    Builtins builtins(isolate, blob_.data != nullptr);
    v8::Local<v8::Context> context = MakeContext(isolate, &builtins);
    WatchLate(isolate, context, TheAnchor().list);
    return context;
}

v8::StartupData Start::MakeSnapshot(v8::Isolate *isolate, v8::Global<v8::Context> *kept) {
    {
        v8::HandleScope scope(isolate);
        v8::Local<v8::Context> context = kept->Get(isolate);
        v8::Context::Scope inside(context);
        kept->Reset();
        creator_->SetDefaultContext(context);
    }
    return creator_->CreateBlob(v8::SnapshotCreator::FunctionCodeHandling::kKeep);
}

void Start::Dispose(v8::Isolate *isolate) {
    isolate->Enter();
    creator_.reset(); // leaves and disposes of it
}

namespace {

v8::StartupData MakeBlob() {
    PlainIsolate isolate;
    v8::Isolate::CreateParams params;
    std::unique_ptr<v8::ArrayBuffer::Allocator> allocator(
        v8::ArrayBuffer::Allocator::NewDefaultAllocator());
    params.array_buffer_allocator = allocator.get();
    params.external_references = References::Table();
    std::unique_ptr<v8::SnapshotCreator> creator = NewSnapshotCreator(isolate.get(), params);
    {
        v8::HandleScope scope(isolate.get());
        Builtins builtins(isolate.get(), false);
        if (!builtins.Hide()) return {nullptr, 0};
        creator->SetDefaultContext(MakeContext(isolate.get(), &builtins));
        creator->AddContext(builtins.NewContext());
    }
    return creator->CreateBlob(v8::SnapshotCreator::FunctionCodeHandling::kKeep);
}

} // namespace

} // namespace jsrun

engine_blob engine_startup_snapshot() {
    v8::StartupData blob = jsrun::MakeBlob();
    return {blob.data, static_cast<size_t>(blob.raw_size)};
}

void engine_blob_free(engine_blob blob) { delete[] blob.data; }
