// The ways into an isolate, and out of it.

#include <algorithm>
#include <new>
#include <optional>

#include "v8/embedder.h"
#include "v8/guard.h"

using namespace jsrun;

namespace {

// V8 keeps this much stack free below the limit for its own C++; handlers of the host need some as
// well.
constexpr size_t kJavaScriptStack = 984 * 1024;

// V8 is told of another stack limit when the stack has moved by this many bytes.
constexpr intptr_t kStackSlack = 64 * 1024;

// A Locker restores the thread's limit. The first Locker of a thread sets a limit of its own,
// relative to this place, whatever the thread's stack is.
void LimitStack(engine *engine, const void *thread) {
    uintptr_t here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    auto moved = static_cast<intptr_t>(here - engine->stack_place);
    if (engine->stack_thread == thread && -kStackSlack < moved && moved < kStackSlack) return;
    engine->isolate->SetStackLimit(
        std::max<uintptr_t>(here - kJavaScriptStack, runtime_stack_end()));
    engine->stack_place = here;
    engine->stack_thread = thread;
}

v8::HandleScope *ScopeInside(engine *engine) {
    return std::launder(reinterpret_cast<v8::HandleScope *>(engine->scope_inside));
}

// Leaves what a resident thread, present or past, has entered together with the isolate.
void LeaveContextInside(engine *engine) {
    if (engine->context_inside.IsEmpty()) return;
    engine->context_inside->Exit();
    engine->context_inside.Clear();
    ScopeInside(engine)->~HandleScope();
}

// The same of an isolate that has died. The blocks of handles are freed, which V8 would not do.
void ForgetContextInside(engine *engine) {
    if (engine->context_inside.IsEmpty()) return;
    engine->context_inside.Clear();
    ScopeInside(engine)->~HandleScope();
}

bool Locks(engine_way way) { return way == ENGINE_LOCKS || way == ENGINE_KEEPS; }

void Lock(jsrun_entry *entry) {
    v8::Isolate *isolate = entry->engine->isolate;
    engine_locker *kept = entry->locker;
    if (entry->way == ENGINE_LOCKS) {
        ::new (entry->locker_storage) v8::Locker(isolate);
    } else if (kept->kept) {
        reinterpret_cast<v8::Unlocker *>(kept->unlocker)->~Unlocker();
    } else {
        ::new (kept->locker) v8::Locker(isolate);
        kept->kept = true;
    }
}

// For good. V8 gives back what it has for the thread.
void Unlock(jsrun_entry *entry) {
    bool keeps = entry->way == ENGINE_KEEPS;
    void *locker = keeps ? entry->locker->locker : entry->locker_storage;
    if (keeps) entry->locker->kept = false;
    static_cast<v8::Locker *>(locker)->~Locker();
}

// Until the thread comes again. Not while a debugger is attached: the steps that it makes are among
// what V8 has for the thread, and when V8 takes them up again it expects to find the frames.
void UnlockForNow(jsrun_entry *entry) {
    if (entry->engine->clients > 0)
        Unlock(entry);
    else
        ::new (entry->locker->unlocker) v8::Unlocker(entry->engine->isolate);
}

void LeaveDeadEntry(jsrun_entry *entry) {
    LeaveDead(entry->engine);
    reinterpret_cast<v8::HandleScope *>(entry->scope_storage)->~HandleScope();
    if (entry->way == ENGINE_NESTS) return;
    ForgetContextInside(entry->engine);
    if (Locks(entry->way)) Unlock(entry);
    ForgetStack(entry->engine);
}

} // namespace

void engine_move_in(engine *self) {
    if (self->dead) return;
    self->isolate->Enter();
    ::new (self->scope_inside) v8::HandleScope(self->isolate);
    self->context_inside = self->context.Get(self->isolate);
    self->context_inside->Enter();
}

void engine_move_out(engine *self, bool shared) {
    if (self->dead) {
        LeaveDead(self);
        ForgetContextInside(self);
        return;
    }
    std::optional<v8::Locker> locker;
    if (shared) locker.emplace(self->isolate);
    LeaveContextInside(self);
    self->isolate->Exit();
}

void engine_drop_locker(engine *self, engine_locker *locker) {
    bool kept = locker->kept;
    locker->kept = false;
    // V8 may have died with locks held that it needs for this: the few kilobytes that it has for
    // the thread stay.
    if (!kept || !self) return;
    reinterpret_cast<v8::Unlocker *>(locker->unlocker)->~Unlocker();
    reinterpret_cast<v8::Locker *>(locker->locker)->~Locker();
}

void engine_enter(jsrun_entry *entry) {
    static_assert(sizeof(v8::Locker) <= sizeof entry->locker_storage, "room for a Locker");
    static_assert(sizeof(v8::Locker) <= sizeof entry->locker->locker, "room for a Locker");
    static_assert(sizeof(v8::Unlocker) <= sizeof entry->locker->unlocker, "room for an Unlocker");
    static_assert(sizeof(v8::HandleScope) <= sizeof entry->scope_storage, "room for a HandleScope");
    engine *self = entry->engine;
    v8::Isolate *isolate = self->isolate;
    engine_way way = entry->way;
    entry->isolate = isolate;
    entry->context = nullptr;
    if (self->dead) return;
    entry->came_from_another = way == ENGINE_NESTS && v8::Isolate::TryGetCurrent() != isolate;
    if (Locks(way)) Lock(entry);
    if (Locks(way) || way == ENGINE_VISITS || entry->came_from_another) isolate->Enter();
    if (way != ENGINE_NESTS) LimitStack(self, entry->thread);
    // It is another thread's, and in the way: V8 would take it to be this thread's.
    if (Locks(way)) LeaveContextInside(self);

    ::new (entry->scope_storage) v8::HandleScope(isolate);
    if (way == ENGINE_STAYS) {
        entry->context = Wrap(self->context_inside);
        return;
    }
    v8::Local<v8::Context> context = self->context.Get(isolate);
    entry->context = Wrap(context);
    context->Enter();
}

void engine_leave(jsrun_entry *entry) {
    v8::Isolate *isolate = IsolateOf(entry);
    engine_way way = entry->way;
    if (!entry->context) return; // it was dead already
    if (entry->engine->dead) return LeaveDeadEntry(entry);
    if (way != ENGINE_STAYS) ContextOf(entry)->Exit();
    reinterpret_cast<v8::HandleScope *>(entry->scope_storage)->~HandleScope();
    if (Locks(way) || way == ENGINE_VISITS || entry->came_from_another) isolate->Exit();
    if (way == ENGINE_LOCKS) Unlock(entry);
    if (way == ENGINE_KEEPS) UnlockForNow(entry);
}
