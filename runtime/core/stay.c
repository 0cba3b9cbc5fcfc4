#include "core/stay.h"

#include "base/threads.h"
#include "core/runtime_state.h"

/* To enter and leave an isolate takes V8 about as long as a short call; to lock it takes five times
 * as long. So a thread leaves something in an isolate between its entries:
 *
 * - A resident stays in the isolate that is confined to it, until it needs another one. It stays in
 *   one isolate at a time. V8 keeps the isolates that a thread is in as a stack: so while the
 *   thread is in an isolate that it is going to leave, it does not start to stay in another one.
 * - A keeper keeps a v8::Locker of a shared isolate that it uses again and again, of one isolate at
 *   a time, with a v8::Unlocker between its entries. V8 then leaves its data for the thread in
 *   place until another thread enters.
 *
 * Other threads may use the isolate meanwhile. They may even close it, but not dispose of it: V8's
 * thread-local data points to the isolate, or the isolate has data of the thread. So the last
 * thread that has left something in the isolate disposes of it, when it takes that away. */

static JSRUN_THREAD_LOCAL struct {
    jsrun_runtime *resident; /* where the thread stays; has a reference */
    unsigned visits;         /* open entries that leave their isolates when they end */
    jsrun_runtime *kept;     /* the runtime whose locker it keeps; has a reference */
    engine_locker locker;
    const jsrun_runtime *last; /* the shared one that the thread was in last; only compared */
} here;

/* A thread that ends waits at most this long for the threads in the isolate: one of them may wait
 * for it. */
#define LAST_WAIT_SECONDS 1.0

static bool is_left_locked(jsrun_runtime *runtime, engine *engine) {
    return !runtime->locked.guests.has_resident &&
           (!runtime->locked.guests.keepers || engine_is_dead(engine));
}

static bool is_left(jsrun_runtime *runtime, engine *engine) {
    pthread_mutex_lock(&runtime->lock);
    bool left = is_left_locked(runtime, engine);
    pthread_mutex_unlock(&runtime->lock);
    return left;
}

/* A guest has left: the engine to free now, or NULL. `lock` held. */
static engine *take_closed_locked(jsrun_runtime *runtime) {
    engine *closed = runtime->locked.guests.closed_engine;
    if (!closed || !is_left_locked(runtime, closed)) return NULL;
    /* A dead isolate is disposed of by the thread that it died on. If that is the runtime thread it
     * waits for `left`. */
    bool mine = !runtime->locked.guests.closer || runtime->locked.guests.closer == thread_self();
    if (mine) runtime->locked.guests.closed_engine = NULL;
    runtime->locked.guests.left = true;
    pthread_cond_broadcast(&runtime->changed);
    return mine ? closed : NULL;
}

static engine *engine_of(jsrun_runtime *runtime) {
    return runtime->engine ? runtime->engine : runtime->locked.guests.closed_engine;
}

/* With the isolate; no entry is open. */
static JSRUN_COLD void move_out(jsrun_runtime *runtime) {
    here.resident = NULL;
    engine_move_out(engine_of(runtime), isolate_lock_is_shared(&runtime->isolate));
    pthread_mutex_lock(&runtime->lock);
    runtime->locked.guests.has_resident = false;
    engine *closed = take_closed_locked(runtime);
    pthread_mutex_unlock(&runtime->lock);
    if (closed) engine_free(closed);
}

/* With the isolate, unless the locker was only forgotten. */
static JSRUN_COLD void note_dropped(jsrun_runtime *runtime) {
    here.kept = NULL;
    pthread_mutex_lock(&runtime->lock);
    runtime->locked.guests.keepers--;
    engine *closed = take_closed_locked(runtime);
    pthread_mutex_unlock(&runtime->lock);
    if (closed) engine_free(closed);
}

/* With the isolate; no entry to it is open. A dead isolate may be freed already, or at any time. */
static JSRUN_COLD void drop_locker(jsrun_runtime *runtime) {
    engine_drop_locker(runtime->locked.guests.closer ? NULL : engine_of(runtime), &here.locker);
    note_dropped(runtime);
}

/* False: a thread is in the isolate, possibly this one. */
static JSRUN_COLD bool try_to_leave(jsrun_runtime *runtime, void (*leave)(jsrun_runtime *runtime)) {
    if (isolate_lock_is_mine(&runtime->isolate) || !isolate_lock_try(&runtime->isolate))
        return false;
    leave(runtime);
    isolate_lock_release(&runtime->isolate);
    jsrun_runtime_release(runtime);
    return true;
}

static void move_out_at_end(void) {
    jsrun_runtime *runtime = here.resident;
    if (!runtime || runtime_check_process(runtime) != JSRUN_OK) return;
    isolate_lock_acquire(&runtime->isolate, -1);
    move_out(runtime);
    isolate_lock_release(&runtime->isolate);
    jsrun_runtime_release(runtime);
}

static void drop_locker_at_end(void) {
    jsrun_runtime *runtime = here.kept;
    if (!runtime || runtime_check_process(runtime) != JSRUN_OK) return;
    if (isolate_lock_acquire(&runtime->isolate, LAST_WAIT_SECONDS)) {
        drop_locker(runtime);
        isolate_lock_release(&runtime->isolate);
    } else { /* the few kilobytes that V8 has for the thread stay allocated */
        here.locker.kept = false;
        note_dropped(runtime);
    }
    jsrun_runtime_release(runtime);
}

void jsrun_thread_leave(void) {
    here.last = NULL;
    drop_locker_at_end();
    move_out_at_end();
}

void jsrun_runtime_leave(jsrun_runtime *runtime) {
    if (runtime_check_process(runtime) != JSRUN_OK) return;
    if (here.kept == runtime) try_to_leave(runtime, drop_locker);
    if (here.resident == runtime && here.visits == 0) try_to_leave(runtime, move_out);
}

static JSRUN_COLD void move_in(jsrun_runtime *runtime) {
    runtime_retain(runtime);
    here.resident = runtime;
    /* The lock is not needed: the isolate is confined to this thread, and has no other guest. */
    runtime->locked.guests.has_resident = true;
    thread_on_end(jsrun_thread_leave);
    engine_move_in(runtime->engine);
}

static JSRUN_COLD void keep_locker(jsrun_runtime *runtime) {
    runtime_retain(runtime);
    here.kept = runtime;
    thread_on_end(jsrun_thread_leave);
    pthread_mutex_lock(&runtime->lock);
    runtime->locked.guests.keepers++;
    pthread_mutex_unlock(&runtime->lock);
}

void runtime_dispose_engine(jsrun_runtime *runtime) {
    engine *engine = runtime->engine;
    /* A thread that is in another isolate now cannot leave the one below it on the stack. It does
     * so later, as if another thread had closed the runtime. */
    bool resident = here.resident == runtime && here.visits == 0;
    bool keeper = here.kept == runtime;
    bool shared = isolate_lock_is_shared(&runtime->isolate);
    if (keeper) drop_locker(runtime);
    if (resident) move_out(runtime);
    engine_close(engine, shared, runtime->holder.wants_snapshot ? &runtime->holder.blob : NULL);
    if (!is_left(runtime, engine)) engine_shrink(engine, shared);
    pthread_mutex_lock(&runtime->lock);
    bool left = is_left_locked(runtime, engine);
    runtime->engine = NULL;
    if (!left) runtime->locked.guests.closed_engine = engine;
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
    if (left) engine_free(engine);
    if (keeper) jsrun_runtime_release(runtime);
    if (resident) jsrun_runtime_release(runtime);
}

void runtime_free_dead_engine(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    bool mine =
        runtime->locked.guests.closed_engine && runtime->locked.guests.closer == thread_self();
    while (mine && !runtime->locked.guests.left)
        pthread_cond_wait(&runtime->changed, &runtime->lock);
    pthread_mutex_unlock(&runtime->lock);
    if (mine) engine_free(runtime->locked.guests.closed_engine);
    if (mine) runtime->locked.guests.closed_engine = NULL;
}

/* Whether this thread keeps its locker after an outermost entry to a shared isolate. It starts to
 * at the second entry in a row, so a thread that alternates between two runtimes does not drop a
 * locker each time. */
static bool keeps_locker(jsrun_runtime *runtime) {
    bool again = here.last == runtime;
    here.last = runtime;
    if (here.kept == runtime) return true;
    if (!again || here.resident == runtime) return false;
    if (here.kept && !try_to_leave(here.kept, drop_locker)) return false;
    keep_locker(runtime);
    return true;
}

/* For an outermost entry. */
static engine_way find_way(jsrun_runtime *runtime) {
    bool shared = isolate_lock_is_shared(&runtime->isolate);
    if (runtime->for_snapshot) return shared ? ENGINE_LOCKS : ENGINE_VISITS;
    bool only_resident = here.visits == 0; /* the thread is in that isolate or in none */
    if (only_resident && here.resident == runtime) {
        if (!shared) return ENGINE_STAYS;
        move_out(runtime);
        jsrun_runtime_release(runtime);
    } else if (only_resident && !shared &&
               (!here.resident || try_to_leave(here.resident, move_out))) {
        move_in(runtime);
        return ENGINE_STAYS;
    }
    if (!shared) return ENGINE_VISITS;
    return keeps_locker(runtime) ? ENGINE_KEEPS : ENGINE_LOCKS;
}

static bool leaves_isolate(engine_way way) { return way != ENGINE_NESTS && way != ENGINE_STAYS; }

void stay_enter(jsrun_entry *entry) {
    entry->way = entry->outer ? ENGINE_NESTS : find_way(entry->runtime);
    entry->locker = &here.locker;
    here.visits += leaves_isolate(entry->way);
}

void stay_leave(const jsrun_entry *entry) { here.visits -= leaves_isolate(entry->way); }
