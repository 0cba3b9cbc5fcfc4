#include "v8/builtins.h"

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <vector>

#include "v8/js_sources.h"
#include "v8/clone.h"
#include "v8/console.h"
#include "v8/functions.h"
#include "v8/globals.h"
#include "v8/hide.h"
#include "v8/isolate_inspector.h"
#include "v8/native.h"
#include "v8/streams.h"

namespace jsrun {

namespace {

// --- the scripts' texts --------------------------------------------------------------------------

// Text that is in the program's memory already: neither in snapshots nor in the heaps of isolates.
class Source : public v8::String::ExternalOneByteStringResource {
  public:
    explicit Source(const js_source &source) : source_(source) {}
    const char *data() const override { return source_.text; }
    size_t length() const override { return source_.length; }

  private:
    void Dispose() override {} // by an isolate: others have it as well

    const js_source &source_;
};

// All of js_sources; they stay where they are.
std::deque<Source> &Sources() {
    static auto *const sources = new std::deque<Source>(js_sources, js_sources + js_source_count);
    return *sources;
}

// --- installing ----------------------------------------------------------------------------------

// Takes away the global that the script has left its function in. Calls the function, or keeps it
// for PartOf().
void Install(v8::Isolate *isolate, v8::Local<v8::Context> context, const js_source &source,
             v8::Local<v8::Object> native) {
    v8::Local<v8::Value> function = Get(context, context->Global(), source.function);
    context->Global()->Delete(context, Text(isolate, source.function)).Check();
    if (source.part) {
        native->CreateDataProperty(context, Text(isolate, source.part), function).Check();
        return;
    }
    v8::TryCatch caught(isolate);
    v8::Local<v8::Value> argument = native;
    if (!function.As<v8::Function>()->Call(context, v8::Undefined(isolate), 1, &argument).IsEmpty())
        return;
    // A mistake in a built-in script: the build meets it when it makes the startup snapshot.
    std::fprintf(
        stderr, "%s: %s\n", source.name,
        *v8::String::Utf8Value(isolate, caught.StackTrace(context).FromMaybe(caught.Exception())));
    std::abort();
}

} // namespace

void RegisterBuiltins() {
    for (size_t i = 0; i < js_source_count; i++) {
        const js_source &source = js_sources[i];
        v8::RegisterExtension(std::make_unique<v8::Extension>(source.name, source.text, 0, nullptr,
                                                              static_cast<int>(source.length)));
    }
}

v8::Local<v8::Context> MakeContext(v8::Isolate *isolate, Builtins *builtins) {
    std::vector<const char *> names;
    for (size_t i = 0; i < js_source_count && !builtins; i++) names.push_back(js_sources[i].name);
    v8::ExtensionConfiguration extensions(static_cast<int>(names.size()), names.data());
    v8::Local<v8::Context> context =
        builtins ? builtins->NewContext() : v8::Context::New(isolate, &extensions);
    v8::Context::Scope scope(context);
    // V8 sets it when the context is taken from the snapshot.
    v8::Local<v8::Object> error = Get(context, context->Global(), "Error").As<v8::Object>();
    v8::Local<v8::String> limit = Text(isolate, "stackTraceLimit");
    if (builtins) {
        error->Set(context, limit, v8::Integer::New(isolate, 10)).Check();
        builtins->Run(context);
    }
    InstallFunctions(isolate, context);
    InstallStructuredClone(isolate, context);
    v8::Local<v8::Object> native = NewNative(isolate);
    SetNative(context, native);
    for (size_t i = 0; i < js_source_count; i++) Install(isolate, context, js_sources[i], native);
    InstallConsole(isolate, context);
    DefineGlobals(context, kStreamsPart);
    InstallStreams(context);
    if (builtins) error->Delete(context, limit).Check();
    Inspector::Number(isolate, context);
    return context;
}

// V8 10.2 has some strings of one character in the read-only part of its heap, refers to them by
// their places, and writes that part anew for every snapshot, in the order in which it comes across
// them. It comes across its table of such strings first: once that is complete, all snapshots have
// them at the same places.
static void MakeCharacters(v8::Isolate *isolate) {
    v8::HandleScope scope(isolate);
    for (int i = 0; i < 256; i++) {
        auto character = static_cast<uint8_t>(i);
        v8::String::NewFromOneByte(isolate, &character, v8::NewStringType::kNormal, 1)
            .ToLocalChecked();
    }
}

Builtins::Builtins(v8::Isolate *isolate, bool on_startup)
    : isolate_(isolate), on_startup_(on_startup) {
    MakeCharacters(isolate);
    v8::Context::Scope scope(NewContext());
    for (size_t i = 0; i < js_source_count; i++) {
        sources_.push_back(v8::String::NewExternalOneByte(isolate, &Sources()[i]).ToLocalChecked());
        v8::ScriptOrigin origin =
            ScriptOriginOf(isolate, Text(isolate, js_sources[i].name), Origin::kNotShared);
        v8::ScriptCompiler::Source source(sources_[i], origin);
        scripts_.push_back(
            v8::ScriptCompiler::CompileUnboundScript(isolate, &source).ToLocalChecked());
    }
}

v8::Local<v8::Context> Builtins::NewContext() const {
    return on_startup_ ? v8::Context::FromSnapshot(isolate_, 0).ToLocalChecked()
                       : v8::Context::New(isolate_);
}

size_t BuiltinBytes() {
    size_t bytes = 0;
    for (auto &source : Sources()) bytes += source.length();
    return bytes;
}

bool Builtins::Hide() { return HideScripts(isolate_, scripts_, sources_); }

void Builtins::Run(v8::Local<v8::Context> context) {
    for (auto &script : scripts_) script->BindToCurrentContext()->Run(context).ToLocalChecked();
}

void AddBuiltinReferences(References *references) {
    for (auto &source : Sources()) references->Add(&source);
}

} // namespace jsrun
