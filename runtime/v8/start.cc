#include "v8/start.h"

#include "snapshot.h"
#include "v8/builtins.h"
#include "v8/inspector.h"
#include "v8/references.h"

namespace jsrun {

namespace {

// Of the startup snapshot; the default context is the one without the globals of the web.
constexpr size_t kWebContext = 0;

} // namespace

Start::Start(const jsrun_runtime_options *options)
    : is_startup_(!options->snapshot), web_(options->web_globals),
      for_snapshot_(options->for_snapshot) {
    engine_blob blob = options->snapshot ? snapshot_blob(options->snapshot, options->snapshot_size)
                                         : snapshot_startup();
    blob_.data = blob.data;
    blob_.raw_size = static_cast<int>(blob.size);
}

// For a snapshot V8 starts from nothing of ours: it would take over the code of the built-in scripts that it takes for
// extensions, be it machine code, which cannot be in a snapshot.
void Start::Initialize(v8::Isolate *isolate, v8::Isolate::CreateParams params) {
    params.external_references = References::Table();
    if (!for_snapshot_) {
        if (blob_.data) params.snapshot_blob = &blob_;
        v8::Isolate::Initialize(isolate, params);
        return;
    }
#if V8_MAJOR_VERSION >= 13
    creator_ = std::make_unique<v8::SnapshotCreator>(isolate, params);
#else
    creator_ = std::make_unique<v8::SnapshotCreator>(isolate, References::Table());
#endif
    isolate->SetAllowAtomicsWait(params.allow_atomics_wait);
    isolate->Exit();
}

v8::Local<v8::Context> Start::NewContext(v8::Isolate *isolate) const {
    if (for_snapshot_) return NewContextForSnapshot(isolate);
    if (!blob_.data) return MakeContext(isolate, web_);
    if (!web_ || !is_startup_) return v8::Context::New(isolate);
    return v8::Context::FromSnapshot(isolate, kWebContext).ToLocalChecked();
}

namespace {

v8::Local<v8::String> Text(v8::Isolate *isolate, const char *text) {
    return v8::String::NewFromUtf8(isolate, text).ToLocalChecked();
}

constexpr char kError[] = "Error";
constexpr char kRegistry[] = "FinalizationRegistry";
constexpr char kLimit[] = "stackTraceLimit";

// One of the two objects above as V8 has made them, whatever scripts have done to the globals.
v8::Local<v8::Object> Kept(v8::Isolate *isolate, v8::Local<v8::Context> context, const char *name) {
    return NativeOf(context)->Get(context, Text(isolate, name)).ToLocalChecked().As<v8::Object>();
}

} // namespace

v8::Local<v8::Context> Start::NewContextForSnapshot(v8::Isolate *isolate) const {
    v8::Local<v8::Context> hidden = v8::Context::New(isolate);
    Inspector::Mark(v8::Context::New(isolate), hidden);
    Builtins builtins(isolate, hidden);
    v8::Local<v8::Context> context = MakeContext(isolate, web_, &builtins);
    v8::Context::Scope scope(context);
    Inspector::Mark(context);
    v8::Local<v8::Object> native = NativeOf(context), global = context->Global();
    for (const char *name : {kError, kRegistry}) {
        v8::Local<v8::String> key = Text(isolate, name);
        native->Set(context, key, global->Get(context, key).ToLocalChecked()).Check();
    }
    // As V8 sets it in other isolates.
    Kept(isolate, context, kError)
        ->Set(context, Text(isolate, kLimit), v8::Integer::New(isolate, 10))
        .Check();
    // V8 ends the process over one that has something to clean up.
    global->Delete(context, Text(isolate, kRegistry)).Check();
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
        Builtins builtins(isolate.get(), v8::Context::New(isolate.get()));
        if (!builtins.Hide()) return {nullptr, 0};
        creator.SetDefaultContext(MakeContext(isolate.get(), false, &builtins));
        creator.AddContext(MakeContext(isolate.get(), true, &builtins));
    }
    return creator.CreateBlob(v8::SnapshotCreator::FunctionCodeHandling::kKeep);
}

} // namespace

} // namespace jsrun

bool engine_restore_for_snapshot(jsrun_entry *entry) {
    v8::Isolate *isolate = jsrun::IsolateOf(entry);
    v8::Local<v8::Context> context = jsrun::ContextOf(entry);
    v8::TryCatch ignored(isolate);
    v8::Local<v8::String> registry = jsrun::Text(isolate, jsrun::kRegistry);
    if (!context->Global()->HasOwnProperty(context, registry).FromMaybe(true)) {
        context->Global()
            ->DefineOwnProperty(context, registry, jsrun::Kept(isolate, context, jsrun::kRegistry),
                                v8::DontEnum)
            .FromMaybe(false);
    }
    v8::Local<v8::Object> error = jsrun::Kept(isolate, context, jsrun::kError);
    v8::Local<v8::String> limit = jsrun::Text(isolate, jsrun::kLimit);
    return error->Delete(context, limit).FromMaybe(false) &&
           !error->HasOwnProperty(context, limit).FromMaybe(true);
}

engine_blob engine_startup_snapshot() {
    v8::StartupData blob = jsrun::MakeBlob();
    return {blob.data, static_cast<size_t>(blob.raw_size)};
}

void engine_blob_free(engine_blob blob) { delete[] blob.data; }
