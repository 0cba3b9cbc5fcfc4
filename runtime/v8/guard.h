// Out of memory costs an isolate, not the process.
//
// V8 ends the process when the handler that it calls for want of memory returns. So the handler
// does not: it jumps to the innermost guard. Every function of this boundary that may let V8
// allocate starts with one (JSRUN_GUARD). The isolate is dead from then on: guarded functions give
// up at once, and it is disposed of as soon as the outermost entry has left.
//
// Where V8 has called us and we call C (OutOfV8()), the guards beneath are put aside: a jump never
// passes over a frame of the library's or of the host's. The C function returns normally, and
// OutOfV8() then jumps on, past the frames of the dead isolate, to the guard beneath. A function
// that should have a guard and has none ends the process with a message; it does nothing worse.
//
// What lies between a guard and the handler is V8's and this boundary's: destructors there do not
// run, so nothing there may hold a lock, or memory that matters.
#ifndef RUNTIME_V8_GUARD_H
#define RUNTIME_V8_GUARD_H

#include <setjmp.h>

#include "v8/isolate.h"

namespace jsrun {

class Guard {
  public:
    explicit Guard(engine *engine) : engine_(engine), outer_(engine->guard) {
        engine->guard = this;
    }
    ~Guard() { engine_->guard = outer_; }
    Guard(const Guard &) = delete;
    Guard &operator=(const Guard &) = delete;

    jmp_buf place;

  private:
    engine *engine_;
    Guard *outer_;
};

// In a function that V8 has called: `body` calls C. Does not return if the isolate died of it.
template <typename Body> void OutOfV8(engine *engine, Body body) {
    Guard *beneath = engine->guard;
    engine->guard = nullptr;
    body();
    engine->guard = beneath;
    if (__builtin_expect(engine->dead, false)) _longjmp(beneath->place, 1);
}

// Has V8 tell when the isolate reaches the limit of its heap, and when it is out of memory.
void WatchMemory(engine *engine);
// V8 asks the newest watcher only, and its debugger adds one of its own, which lifts the limit and
// pauses.
void WatchMemoryAgain(engine *engine);

// Takes this thread out of the isolate, which is dead.
void LeaveDead(engine *engine);
// After that and without a Locker: makes V8 forget what it kept of the stack that was abandoned.
void ForgetStack(engine *engine);

} // namespace jsrun

// Leaves the function, with the value that follows, if the isolate is dead or dies in the rest of
// it.
#define JSRUN_GUARD(engine, ...)                                                                   \
    jsrun::Guard guard(engine);                                                                    \
    if (__builtin_expect((engine)->dead, false) || _setjmp(guard.place) != 0) return __VA_ARGS__

#endif
