#include "v8/late.h"

#include <algorithm>
#include <string>

#include <v8-profiler.h>

#include "v8/globals.h"
#include "v8/guard.h"
#include "v8/js_sources.h"
#include "v8/native.h"
#include "v8/engine_process.h"
#include "v8/engine_run.h"

namespace jsrun {

namespace {

// In `native`: what watch() has returned.
constexpr char kWatch[] = "late";

v8::Local<v8::Object> GetObject(v8::Local<v8::Context> context, v8::Local<v8::Object> object,
                                const char *name) {
    return Get(context, object, name).As<v8::Object>();
}

// The functions of late.js; inside the context.
v8::Local<v8::Object> Load(v8::Isolate *isolate, v8::Local<v8::Context> context) {
    v8::ScriptOrigin origin =
        ScriptOriginOf(isolate, Text(isolate, "jsrun/late"), Origin::kNotShared);
    v8::ScriptCompiler::Source source(Text(isolate, js_late), origin);
    return v8::ScriptCompiler::Compile(context, &source)
        .ToLocalChecked()
        ->Run(context)
        .ToLocalChecked()
        .As<v8::Object>();
}

// What Error.prepareStackTrace() is given: newer versions of V8 end the process over one.
bool HasCallSite(v8::Isolate *isolate, v8::Local<v8::Context> context) {
#if V8_AT_LEAST(13, 0)
    class IsCallSite : public v8::QueryObjectPredicate {
      public:
        explicit IsCallSite(v8::Local<v8::Value> prototype) : prototype_(prototype) {}
        bool Filter(v8::Local<v8::Object> object) override {
            v8::HandleScope scope(v8::Isolate::GetCurrent());
            return PrototypeOf(object) == prototype_;
        }

      private:
        v8::Local<v8::Value> prototype_;
    };
    IsCallSite is_call_site(
        Get(context, GetObject(context, NativeOf(context), kWatch), "callSite"));
    std::vector<v8::Global<v8::Object>> found;
    isolate->GetHeapProfiler()->QueryObjects(context, &is_call_site, &found);
    return !found.empty();
#else
    (void)isolate, (void)context;
    return false;
#endif
}

// How many of V8's handles are left that are not this library's own.
size_t CountForeignHandles(engine *self, v8::Local<v8::Context> context) {
    // Objects of Intl let go of their handles in tasks after a collection.
    for (int i = 0; i < 3; i++) {
        self->isolate->LowMemoryNotification();
        while (engine_run_task(self)) continue;
    }
    v8::HeapStatistics with, without;
    self->isolate->GetHeapStatistics(&with);
    self->context.Reset();
    self->isolate->GetHeapStatistics(&without);
    self->context.Reset(self->isolate, context);
    size_t one = with.used_global_handles_size() - without.used_global_handles_size();
    return one ? without.used_global_handles_size() / one : 0;
}

std::string FindObstacle(engine *self, v8::Local<v8::Context> context) {
    v8::Isolate *isolate = self->isolate;
    if (size_t handles = CountForeignHandles(self, context)) {
        return std::to_string(handles) + (handles == 1 ? " object is" : " objects are") +
               " alive that a snapshot cannot hold, such as an Intl.NumberFormat or another object "
               "of Intl";
    }
    if (HasCallSite(isolate, context))
        return "something that Error.prepareStackTrace() was given is alive";
    v8::Local<v8::Object> watch = GetObject(context, NativeOf(context), kWatch);
    v8::TryCatch caught(isolate);
    v8::Local<v8::Value> obstacle;
    if (!Get(context, watch, "finish")
             .As<v8::Function>()
             ->Call(context, watch, 0, nullptr)
             .ToLocal(&obstacle))
        return "JavaScript was stopped";
    return obstacle->IsString() ? *v8::String::Utf8Value(isolate, obstacle) : "";
}

} // namespace

std::string ListBuiltIns(v8::Isolate *isolate, v8::Local<v8::Context> context) {
    v8::Context::Scope scope(context);
    v8::Local<v8::Object> late = Load(isolate, context);
    v8::Local<v8::Value> skipped = ListPartGlobals(isolate);
    v8::Local<v8::Value> text = Get(context, late, "list")
                                    .As<v8::Function>()
                                    ->Call(context, late, 1, &skipped)
                                    .ToLocalChecked();
    return *v8::String::Utf8Value(isolate, text);
}

void WatchLate(v8::Isolate *isolate, v8::Local<v8::Context> context, const std::string &list) {
    v8::Context::Scope scope(context);
    v8::Local<v8::Object> late = Load(isolate, context);
    v8::Local<v8::Value> arguments[] = {Text(isolate, list.c_str()), ListPartGlobals(isolate)};
    v8::Local<v8::Value> watch = Get(context, late, "watch")
                                     .As<v8::Function>()
                                     ->Call(context, late, 2, arguments)
                                     .ToLocalChecked();
    NativeOf(context)->Set(context, Text(isolate, kWatch), watch).Check();
}

} // namespace jsrun

bool engine_snapshot_obstacle(jsrun_entry *entry, char *text, size_t size) {
    text[0] = 0;
    JSRUN_GUARD(entry->engine, true);
    v8::HandleScope scope(jsrun::IsolateOf(entry));
    std::string obstacle = jsrun::FindObstacle(entry->engine, jsrun::ContextOf(entry));
    size_t length = std::min(obstacle.size(), size - 1);
    obstacle.copy(text, length);
    text[length] = 0;
    return !obstacle.empty();
}
