/* The way into an isolate, and the host lock on that way. */
#include <stdlib.h>

#include "process.h"
#include "runtime.h"
#include "threads.h"
#include "v8/embedder.h"

/* --- where a thread stays ------------------------------------------------------------------------------
 *
 * To enter and to leave an isolate takes V8 about as long as a short call. So a thread stays in the isolate
 * that is confined to it, in one at a time, until it needs another one. V8 keeps the isolates that a thread is in as a
 * stack: while it is in one that it is going to leave, beneath or above, it begins to stay nowhere.
 *
 * Another thread may use the isolate meanwhile, which then is shared. It may even close it, but not dispose of it: V8's
 * own thread-local data points to it. That is left to the thread that stayed there, when it moves out. */

static JSRUN_THREAD_LOCAL struct {
    jsrun_runtime *resident; /* where it stays; has a reference */
    unsigned visits;         /* entries that are going to leave their isolates */
} here;

/* An isolate that has died is for the thread that it died on, which waits for that if it is the runtime's own. */
static JSRUN_COLD void free_closed(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    bool mine = !runtime->closer || runtime->closer == thread_self();
    runtime->left_by_resident = true;
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
    if (mine) engine_free(runtime->closed_engine);
    if (mine) runtime->closed_engine = NULL;
}

/* With the isolate; no entry is open. */
static JSRUN_COLD void move_out(jsrun_runtime *runtime) {
    bool shared = isolate_lock_is_shared(&runtime->isolate);
    engine *engine = runtime->engine ? runtime->engine : runtime->closed_engine;
    here.resident = NULL;
    runtime->has_resident = false;
    engine_move_out(engine, shared);
    if (runtime->closed_engine) free_closed(runtime);
}

static void move_out_at_end(void) {
    jsrun_runtime *runtime = here.resident;
    if (!runtime || runtime_check_process(runtime) != JSRUN_OK) return;
    isolate_lock_acquire(&runtime->isolate, -1);
    move_out(runtime);
    isolate_lock_release(&runtime->isolate);
    jsrun_runtime_release(runtime);
}

void jsrun_thread_leave(void) { move_out_at_end(); }

/* False: somebody is in there, possibly this thread itself. */
static JSRUN_COLD bool try_to_move_out(void) {
    jsrun_runtime *runtime = here.resident;
    if (isolate_lock_is_mine(&runtime->isolate) || !isolate_lock_try(&runtime->isolate))
        return false;
    move_out(runtime);
    isolate_lock_release(&runtime->isolate);
    jsrun_runtime_release(runtime);
    return true;
}

static JSRUN_COLD void move_in(jsrun_runtime *runtime) {
    runtime_retain(runtime);
    here.resident = runtime;
    runtime->has_resident = true;
    thread_on_end(move_out_at_end);
    engine_move_in(runtime->engine);
}

void runtime_dispose_engine(jsrun_runtime *runtime) {
    engine *engine = runtime->engine;
    /* A thread that is inside of another isolate now cannot leave the one beneath: it does later, as if another thread had
     * closed the runtime. */
    bool mine = here.resident == runtime && here.visits == 0;
    bool shared = isolate_lock_is_shared(&runtime->isolate);
    if (mine) move_out(runtime);
    engine_close(engine, shared, runtime->wants_snapshot ? &runtime->blob : NULL);
    pthread_mutex_lock(&runtime->lock);
    runtime->engine = NULL;
    if (runtime->has_resident) runtime->closed_engine = engine;
    pthread_cond_broadcast(&runtime->changed);
    pthread_mutex_unlock(&runtime->lock);
    if (!runtime->has_resident) engine_free(engine);
    if (mine) jsrun_runtime_release(runtime);
}

void runtime_free_dead_engine(jsrun_runtime *runtime) {
    pthread_mutex_lock(&runtime->lock);
    bool mine = runtime->closed_engine && runtime->closer == thread_self();
    while (mine && !runtime->left_by_resident) pthread_cond_wait(&runtime->changed, &runtime->lock);
    pthread_mutex_unlock(&runtime->lock);
    if (mine) engine_free(runtime->closed_engine);
    if (mine) runtime->closed_engine = NULL;
}

/* Of an outermost entry. */
static engine_way find_way(jsrun_runtime *runtime) {
    bool shared = isolate_lock_is_shared(&runtime->isolate);
    if (runtime->for_snapshot) return shared ? ENGINE_LOCKS : ENGINE_VISITS;
    bool only_resident = here.visits == 0; /* in no isolate but that, if at all */
    if (only_resident && here.resident == runtime) {
        if (!shared) return ENGINE_STAYS;
        move_out(runtime);
        jsrun_runtime_release(runtime);
    } else if (only_resident && !shared && (!here.resident || try_to_move_out())) {
        move_in(runtime);
        return ENGINE_STAYS;
    }
    return shared ? ENGINE_LOCKS : ENGINE_VISITS;
}

uintptr_t runtime_stack_end(void) { return thread_stack_end(); }

/* --- entries ------------------------------------------------------------------------------------------- */

void runtime_enter(jsrun_runtime *runtime, jsrun_entry *entry, bool host_lock_held, void *token) {
    entry->runtime = runtime;
    entry->engine = runtime->engine;
    entry->thread = thread_self();
    entry->outer = atomic_load_explicit(&runtime->current, memory_order_relaxed);
    entry->host = host_lock_held ? HOST_HELD : HOST_RELEASED;
    entry->host_token = token;
    entry->thrown = NULL;
    entry->frames = NULL;
    entry->integer_count = 0;
    runtime_inherit_deadline(entry);
    bool outermost = !entry->outer;
    entry->way = outermost ? find_way(runtime) : ENGINE_NESTS;
    here.visits += entry->way == ENGINE_VISITS || entry->way == ENGINE_LOCKS;
    engine_enter(entry);
    atomic_store_explicit(&runtime->current, entry, memory_order_release);
    thread_fence_often(); /* whoever stops JavaScript, or watches, sees this entry or is seen by it */
    if (outermost) {
        unsigned runs = atomic_load_explicit(&runtime->run_count, memory_order_relaxed);
        atomic_store_explicit(&runtime->run_count, runs + 1, memory_order_relaxed);
        process_watch();
        /* V8 forgets that interrupts were requested when the isolate changes hands. */
        if (atomic_load(&runtime->interrupts)) {
            unsigned interrupts = atomic_exchange(&runtime->interrupts, 0);
            if (interrupts) runtime_request_interrupt(runtime, interrupts);
        }
    }
    handle_table_drain(&runtime->handles);
}

void runtime_leave(jsrun_entry *entry) {
    jsrun_runtime *runtime = entry->runtime;
    if (!entry->outer) jsrun_report_uncaught(entry);
    if (entry->frames) free(entry->frames);
    runtime_drop_deadline(entry);
    atomic_store_explicit(&runtime->current, entry->outer, memory_order_release);
    thread_fence_often();
    runtime_settle_stop(runtime);
    engine_leave(entry);
    here.visits -= entry->way == ENGINE_VISITS || entry->way == ENGINE_LOCKS;
}

host_lock entry_release_host(jsrun_entry *entry) {
    host_lock before = entry->host;
    if (before == HOST_RELEASED) return before;
    const jsrun_host *host = &entry->runtime->host;
    entry->host_token = host->release(host->data);
    entry->host = HOST_RELEASED;
    return before;
}

host_lock entry_acquire_host(jsrun_entry *entry) {
    host_lock before = entry->host;
    const jsrun_host *host = &entry->runtime->host;
    if (before == HOST_RELEASED) host->acquire(host->data, entry->host_token);
    entry->host = HOST_HELD;
    return before;
}

host_lock entry_offer_host(jsrun_entry *entry) {
    host_lock before = entry->host;
    const jsrun_host *host = &entry->runtime->host;
    if (before != HOST_HELD) return before;
    bool undisturbed = atomic_load_explicit(&entry->runtime->holds, memory_order_relaxed) == 0;
    if (undisturbed && host->is_alone && host->is_alone(host->data))
        entry->host = HOST_KEPT;
    else
        entry_release_host(entry);
    return before;
}

void entry_restore_host(jsrun_entry *entry, host_lock before) {
    switch (before) {
    case HOST_HELD:
        entry_acquire_host(entry);
        break;
    case HOST_KEPT: /* the host's code may have started a thread */
        entry_offer_host(entry);
        break;
    case HOST_RELEASED:
        entry_release_host(entry);
        break;
    }
}
