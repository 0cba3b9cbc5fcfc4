#include "v8/parts.h"

#include "v8/native.h"
#include "v8/engine_run.h"

namespace jsrun {

namespace {

// While a part runs, nothing else does: an interrupt has to wait. It might be a debugger's message
// that leads to the same global, and V8 ends the process if a property was replaced while its
// getter ran.
class Undisturbed {
  public:
    explicit Undisturbed(engine *engine) : engine_(engine) { engine->runs_part = true; }
    ~Undisturbed() {
        engine_->runs_part = false;
        if (engine_->owes_interrupt) engine_request_interrupt(engine_);
        engine_->owes_interrupt = false;
    }
    Undisturbed(const Undisturbed &) = delete;

  private:
    engine *engine_;
};

v8::MaybeLocal<v8::Object> Run(v8::Local<v8::Context> context, const Part &part,
                               v8::Local<v8::Function> function) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    engine *self = EngineOf(isolate);
    // In a runtime that is to become a snapshot a debugger can pause in here.
    if (self->runs_part) {
        isolate->ThrowError("a built-in is only just being made");
        return {};
    }
    Undisturbed undisturbed(self);
    v8::Local<v8::Object> native = NewNative(isolate);
    v8::Local<v8::Value> arguments[2] = {native}, result;
    if (!part.add_natives(context, native) ||
        !NativeOf(context)->Get(context, Text(isolate, "primordials")).ToLocal(&arguments[1]) ||
        !function->Call(context, v8::Undefined(isolate), 2, arguments).ToLocal(&result))
        return {};
    return result.As<v8::Object>();
}

} // namespace

v8::MaybeLocal<v8::Object> PartOf(v8::Local<v8::Context> context, const Part &part) {
    v8::Local<v8::Object> native = NativeOf(context), made;
    v8::Local<v8::String> name = Text(v8::Isolate::GetCurrent(), part.name);
    v8::Local<v8::Value> kept;
    if (!native->Get(context, name).ToLocal(&kept)) return {};
    if (!kept->IsFunction()) return kept.As<v8::Object>();
    if (!Run(context, part, kept.As<v8::Function>()).ToLocal(&made) ||
        native->CreateDataProperty(context, name, made).IsNothing())
        return {};
    return made;
}

v8::MaybeLocal<v8::Value> PropertyOf(v8::Local<v8::Context> context, const Part &part,
                                     v8::Local<v8::Name> name) {
    v8::Local<v8::Object> made;
    if (!PartOf(context, part).ToLocal(&made)) return {};
    return made->Get(context, name);
}

} // namespace jsrun
