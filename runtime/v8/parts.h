// The parts of the built-in JavaScript: few runtimes need them, so each runs when something of it
// is first needed.
//
// Until then a part is one function, that of its script (js_source.part), which V8 has not compiled
// yet: it takes no room in the startup snapshot and no time at a runtime's start. The function is
// called with an object of the part's native functions and with what primordials.js has kept, since
// scripts may have changed all else by then. It returns an object of what scripts and C++ have of
// the part. It runs no code of a script's.
#ifndef RUNTIME_V8_PARTS_H
#define RUNTIME_V8_PARTS_H

#include "v8/isolate.h"

namespace jsrun {

// The file with a part's native functions defines it.
struct Part {
    // js_source.part. `native` has by this name: at first the function, then what that has
    // returned.
    const char *name;
    // Gives `native` the part's native functions. False: V8 was stopped.
    bool (*add_natives)(v8::Local<v8::Context> context, v8::Local<v8::Object> native);
};

// What the part's function has returned, the same each time. Empty: V8 holds an exception (the
// stack is full) or was stopped. Then nothing has changed, and the part runs the next time. Inside
// a handle scope.
v8::MaybeLocal<v8::Object> PartOf(v8::Local<v8::Context> context, const Part &part);

// A property of that object; empty likewise.
v8::MaybeLocal<v8::Value> PropertyOf(v8::Local<v8::Context> context, const Part &part,
                                     v8::Local<v8::Name> name);

// Answers a call, or a read of a property, with what `make` returns: a v8::MaybeLocal<v8::Value>.
template <typename Info, typename Make> void Answer(const Info &info, Make make) {
    // If no JavaScript is beneath, V8 10.2 takes an exception for caught as soon as the call that
    // has thrown it returns. With a TryCatch it can be thrown again.
    v8::TryCatch caught(info.GetIsolate());
    v8::Local<v8::Value> value;
    if (make().ToLocal(&value))
        info.GetReturnValue().Set(value);
    else if (!caught.HasTerminated())
        caught.ReThrow();
}

} // namespace jsrun

#endif
