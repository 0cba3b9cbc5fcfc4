// Out of memory costs an isolate, not the process.
//
// V8 ends the process when the handler that it calls for want of memory returns. So the handler does not: it
// jumps to the innermost guard. Every function of this boundary that may let V8 allocate begins with one. The
// isolate is dead from then on. Nothing of it is used any more, but its memory stays until the outermost entry
// has left. Where V8 has called us (trampolines), the way back is through frames of the dead isolate: JumpOn()
// goes past them, to the guard beneath. Frames of the host are never jumped over: a host function that was
// called in between has returned by then.
//
// What lies between a guard and the handler is V8's and this boundary's: destructors there do not run, so
// nothing there may hold a lock of ours, or memory that matters.
#ifndef RUNTIME_V8_GUARD_H
#define RUNTIME_V8_GUARD_H

#include <setjmp.h>

#include "v8/local.h"

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

// At the end of a function that V8 calls: does not return if the isolate died meanwhile.
inline void JumpOn(engine *engine) {
    if (engine->dead) _longjmp(engine->guard->place, 1);
}

// Takes note of the limits of a new isolate, and of what becomes of it beyond them.
void WatchMemory(engine *engine);
// V8 asks the newest watcher only, and its debugger has one of its own that lifts the limit, in a pause for ever.
void WatchMemoryAgain(engine *engine);

// On the way out of the outermost entry of a dead isolate: nobody is inside any more, on V8's own books.
void LeaveDead(engine *engine, void *locker_storage);

} // namespace jsrun

// Leaves the function, with the value that follows, if the isolate is dead or dies in the rest of it. (With
// `guard` named, so that there is one in a function.)
#define JSRUN_GUARD(engine, ...)                                                                   \
    jsrun::Guard guard(engine);                                                                    \
    if (__builtin_expect((engine)->dead, false) || _setjmp(guard.place) != 0) return __VA_ARGS__

#endif
