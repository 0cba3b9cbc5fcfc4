/* What threads leave in isolates between their entries. A model in V8's place checks V8's rules:
 * which thread may be in an isolate, with which lock, and when it may leave. Random schedules of
 * threads that enter runtimes, also inside one another, close them, and end. Also built with
 * ThreadSanitizer, as enter_tsan_test. */
#include <sched.h>

#include "check.h"
#include "base/threads.h"
#include "core/deadline.h"
#include "core/enter.h"
#include "core/flows.h"
#include "core/process.h"
#include "core/runtime_state.h"
#include "core/stop.h"
#include "v8/engine.h"

enum { RUNTIMES = 3, MOST_THREADS = 4, STEPS = 60, MOST_DEPTH = 4, MOST_ARCHIVED = 8 };

/* --- the model of V8 -------------------------------------------------------------------------- */

struct engine {
    /* Not atomic, so that two threads that use it at once are a data race. */
    const void *owner;    /* the thread that has the v8::Locker */
    bool was_locked;      /* from then on no thread may be inside without it */
    unsigned entered;     /* by this many Isolate::Enter() */
    unsigned inside;      /* entries that are open */
    const void *resident; /* the thread whose context and handles are inside without a lock */
    const void *archived[MOST_ARCHIVED]; /* threads with a v8::Unlocker */
    bool closed;
    atomic_bool dead;
    long uses;
};

static atomic_int engines_alive;

/* The isolates that a thread is in. */
static _Thread_local engine *stack[2 * MOST_DEPTH + 2];
static _Thread_local unsigned stack_size;

static void enter_isolate(engine *self) {
    CHECK(!self->was_locked || self->owner == thread_self());
    stack[stack_size++] = self;
    self->entered++;
}

static void exit_isolate(engine *self) {
    CHECK(stack_size > 0 && stack[stack_size - 1] == self);
    CHECK(!self->was_locked || self->owner == thread_self() || self->dead);
    stack_size--;
    self->entered--;
}

static const void **archive_of(engine *self, const void *thread) {
    for (unsigned i = 0; i < MOST_ARCHIVED; i++)
        if (self->archived[i] == thread) return &self->archived[i];
    return NULL;
}

/* A v8::Locker starts or a v8::Unlocker ends; unlock() is the reverse. */
static void lock(engine *self, bool was_archived) {
    const void **archive = archive_of(self, thread_self());
    CHECK(!self->owner && (archive != NULL) == was_archived);
    if (archive) *archive = NULL;
    self->owner = thread_self();
    self->was_locked = true;
}

static void unlock(engine *self, bool archives) {
    CHECK(self->owner == thread_self());
    if (archives) {
        const void **archive = archive_of(self, NULL);
        CHECK(archive);
        *archive = thread_self();
    }
    self->owner = NULL;
}

static engine *new_engine(void) {
    atomic_fetch_add(&engines_alive, 1);
    return calloc(1, sizeof(engine));
}

void engine_move_in(engine *self) {
    if (self->dead) return;
    CHECK(stack_size == 0 && !self->resident && !self->was_locked);
    enter_isolate(self);
    self->resident = thread_self();
}

static void leave_dead(engine *self) {
    while (stack_size > 0 && stack[stack_size - 1] == self) exit_isolate(self);
}

void engine_move_out(engine *self, bool shared) {
    if (self->dead) {
        leave_dead(self);
        return;
    }
    CHECK(stack_size == 1);
    if (shared) lock(self, false);
    CHECK(!self->resident || self->resident == thread_self());
    self->resident = NULL;
    exit_isolate(self);
    if (shared) unlock(self, false);
}

void engine_enter(jsrun_entry *entry) {
    engine *self = entry->engine;
    entry->context = NULL;
    if (self->dead) return;
    if (entry->way == ENGINE_LOCKS) lock(self, false);
    if (entry->way == ENGINE_KEEPS) lock(self, entry->locker->kept);
    if (entry->way == ENGINE_KEEPS) entry->locker->kept = true;
    if (entry->way == ENGINE_LOCKS || entry->way == ENGINE_KEEPS) self->resident = NULL;
    if (entry->way == ENGINE_STAYS) CHECK(self->resident == thread_self() && stack[0] == self);
    entry->came_from_another = entry->way == ENGINE_NESTS && stack[stack_size - 1] != self;
    if (entry->way != ENGINE_STAYS && (entry->way != ENGINE_NESTS || entry->came_from_another))
        enter_isolate(self);
    CHECK((self->inside++ > 0) == (entry->way == ENGINE_NESTS));
    entry->context = (jsrun_value)self;
}

void engine_leave(jsrun_entry *entry) {
    engine *self = entry->engine;
    if (!entry->context) return;
    self->inside--;
    if (self->dead) {
        leave_dead(self);
        if (entry->way == ENGINE_NESTS) return;
        self->resident = NULL;
        if (entry->way == ENGINE_LOCKS || entry->way == ENGINE_KEEPS) unlock(self, false);
        if (entry->way == ENGINE_KEEPS) entry->locker->kept = false;
        return;
    }
    CHECK(stack[stack_size - 1] == self);
    if (entry->way != ENGINE_STAYS && (entry->way != ENGINE_NESTS || entry->came_from_another))
        exit_isolate(self);
    if (entry->way == ENGINE_LOCKS) unlock(self, false);
    if (entry->way == ENGINE_KEEPS) {
        /* Sometimes as with a debugger attached. */
        entry->locker->kept = self->uses % 4 > 0;
        unlock(self, entry->locker->kept);
    }
}

void engine_drop_locker(engine *self, engine_locker *locker) {
    bool kept = locker->kept;
    locker->kept = false;
    if (!kept || !self) return;
    CHECK(!self->dead);
    lock(self, true);
    unlock(self, false);
}

static void visit(engine *self, bool shared) {
    if (shared) lock(self, false);
    enter_isolate(self);
    exit_isolate(self);
    if (shared) unlock(self, false);
}

void engine_close(engine *self, bool shared, engine_blob *blob) {
    CHECK(!blob && !self->closed && self->inside == 0);
    self->closed = true;
    if (!self->dead) visit(self, shared);
}

void engine_shrink(engine *self, bool shared) {
    CHECK(self->closed);
    if (!self->dead) visit(self, shared);
}

void engine_free(engine *self) {
    CHECK(self->closed && !self->owner && self->entered == 0 && self->inside == 0);
    for (unsigned i = 0; i < MOST_ARCHIVED; i++) CHECK(!self->archived[i] || self->dead);
    atomic_fetch_sub(&engines_alive, 1);
    free(self);
}

bool engine_is_dead(const engine *self) { return self->dead; }

/* --- the rest of the library ------------------------------------------------------------------ */

void handle_table_drain(handle_table *table) { (void)table; }
void runtime_report_uncaught(jsrun_entry *entry) { (void)entry; }
void jsrun_report_uncaught(jsrun_entry *entry) { (void)entry; }
void dropped_functions_tell(jsrun_entry *entry) { (void)entry; }
void process_watch(void) {}
void runtime_inherit_deadline(jsrun_entry *entry) { (void)entry; }
void runtime_drop_deadline(jsrun_entry *entry) { (void)entry; }
void flow_leave_entry(jsrun_entry *entry) { CHECK(!entry->flow); }
void runtime_settle_stop(jsrun_runtime *runtime) { (void)runtime; }
void runtime_request_interrupt(jsrun_runtime *runtime, unsigned what) {
    (void)runtime;
    (void)what;
}
struct process process;
void runtime_retain(jsrun_runtime *runtime) { atomic_fetch_add(&runtime->references, 1); }
void jsrun_runtime_release(jsrun_runtime *runtime) {
    CHECK(atomic_fetch_sub(&runtime->references, 1) > 1); /* the test has one */
}

static jsrun_runtime *new_runtime(void) {
    jsrun_runtime *runtime = calloc(1, sizeof *runtime);
    CHECK(runtime && isolate_lock_init(&runtime->isolate));
    CHECK(pthread_mutex_init(&runtime->lock, NULL) == 0 &&
          thread_condition_init(&runtime->changed));
    atomic_init(&runtime->references, 1);
    runtime->engine = new_engine();
    return runtime;
}

static void free_runtime(jsrun_runtime *runtime) {
    CHECK(atomic_load(&runtime->references) == 1);
    CHECK(!runtime->engine && !runtime->locked.guests.closed_engine &&
          !runtime->locked.guests.has_resident);
    CHECK(runtime->locked.guests.keepers == 0);
    isolate_lock_destroy(&runtime->isolate);
    pthread_mutex_destroy(&runtime->lock);
    pthread_cond_destroy(&runtime->changed);
    free(runtime);
}

/* --- schedules -------------------------------------------------------------------------------- */

typedef struct schedule {
    jsrun_runtime *runtimes[RUNTIMES];
    pthread_barrier_t made;
    bool dies;     /* isolates may die */
    bool one_home; /* one thread has made all runtimes */
} schedule;

typedef struct actor {
    pthread_t thread;
    schedule *schedule;
    unsigned number;
    unsigned seed;
    unsigned depth;
} actor;

static unsigned next(actor *self, unsigned below) {
    self->seed = self->seed * 1103515245u + 12345u;
    return (self->seed >> 16) % below;
}

static void use(actor *self, jsrun_runtime *runtime);

/* A job: handlers use other runtimes, and this one again. */
static void run_job(actor *self, jsrun_runtime *runtime) {
    jsrun_entry entry;
    runtime_enter(runtime, &entry, false, NULL);
    if (entry.context) entry.engine->uses++;
    if (next(self, 8) == 0) sched_yield();
    self->depth++;
    if (self->depth < MOST_DEPTH && next(self, 4) == 0)
        use(self, self->schedule->runtimes[next(self, RUNTIMES)]);
    if (next(self, 50) == 0) jsrun_runtime_leave(self->schedule->runtimes[next(self, RUNTIMES)]);
    self->depth--;
    if (self->schedule->dies && next(self, 40) == 0 && entry.context) {
        atomic_store(&entry.engine->dead, true);
        runtime->locked.guests.closer = thread_self();
    }
    runtime_leave(&entry);
}

/* With the isolate, and nobody inside. */
static void close_runtime(jsrun_runtime *runtime) {
    bool for_another =
        runtime->locked.guests.closer && runtime->locked.guests.closer != thread_self();
    if (runtime->engine && !for_another) runtime_dispose_engine(runtime);
}

static bool get_in(actor *self, jsrun_runtime *runtime) {
    /* Two threads whose jobs wait for each other would wait for ever. */
    if (self->depth > 0 || next(self, 2)) return isolate_lock_try(&runtime->isolate);
    return isolate_lock_acquire(&runtime->isolate, 0.001);
}

static void use(actor *self, jsrun_runtime *runtime) {
    if (isolate_lock_is_mine(&runtime->isolate)) {
        run_job(self, runtime);
        return;
    }
    if (!get_in(self, runtime)) return;
    for (unsigned jobs = 1 + next(self, 3); jobs > 0; jobs--)
        if (runtime->engine) run_job(self, runtime);
    if (next(self, 60) == 0 || runtime->locked.guests.closer == thread_self())
        close_runtime(runtime);
    isolate_lock_release(&runtime->isolate);
}

static void *act(void *data) {
    actor *self = data;
    schedule *schedule = self->schedule;
    for (unsigned i = 0; i < RUNTIMES; i++)
        if (self->number == (schedule->one_home ? 0 : i)) schedule->runtimes[i] = new_runtime();
    pthread_barrier_wait(&schedule->made);
    /* Usually one thread has them alone for a while. */
    for (unsigned i = self->number ? next(self, 60) : 0; i > 0; i--) sched_yield();
    jsrun_runtime *usual = schedule->runtimes[next(self, RUNTIMES)];
    for (unsigned i = 0; i < STEPS; i++) {
        jsrun_runtime *other = schedule->runtimes[next(self, RUNTIMES)];
        use(self, next(self, 3) ? usual : other);
        if (next(self, 50) == 0) jsrun_runtime_leave(other);
        if (next(self, 100) == 0) jsrun_thread_leave();
        if (next(self, 20) == 0) usual = other;
    }
    return NULL;
}

static void *act_and_leave(void *data) {
    act(data);
    jsrun_thread_leave();
    return NULL;
}

static void run_schedule(unsigned seed) {
    schedule schedule = {.dies = seed % 4 == 0, .one_home = seed % 3 == 0};
    actor actors[MOST_THREADS];
    unsigned threads = RUNTIMES + seed % (MOST_THREADS - RUNTIMES + 1);
    pthread_barrier_init(&schedule.made, NULL, threads);
    for (unsigned i = 0; i < threads; i++) {
        actors[i] = (actor){.schedule = &schedule, .number = i, .seed = seed * 31u + i};
        if (i) CHECK(pthread_create(&actors[i].thread, NULL, act, &actors[i]) == 0);
    }
    act_and_leave(&actors[0]);
    for (unsigned i = 1; i < threads; i++) pthread_join(actors[i].thread, NULL);
    int lost = 0;
    for (unsigned i = 0; i < RUNTIMES; i++) {
        jsrun_runtime *runtime = schedule.runtimes[i];
        CHECK(isolate_lock_acquire(&runtime->isolate, -1));
        close_runtime(runtime);
        isolate_lock_release(&runtime->isolate);
        /* The thread that it died on has ended, so the memory that this thread would free is lost.
         * */
        engine *dead = runtime->engine ? runtime->engine : runtime->locked.guests.closed_engine;
        CHECK(!dead || (engine_is_dead(dead) && dead->entered == 0));
        if (dead) lost++;
        free(dead);
        runtime->engine = runtime->locked.guests.closed_engine = NULL;
        free_runtime(runtime);
    }
    CHECK(atomic_fetch_sub(&engines_alive, lost) == lost);
    CHECK(stack_size == 0);
    pthread_barrier_destroy(&schedule.made);
}

/* --- one thing at a time ---------------------------------------------------------------------- */

static engine_way enter_once(jsrun_runtime *runtime) {
    jsrun_entry entry;
    CHECK(isolate_lock_acquire(&runtime->isolate, -1));
    runtime_enter(runtime, &entry, false, NULL);
    runtime_leave(&entry);
    isolate_lock_release(&runtime->isolate);
    return entry.way;
}

static void close_now(jsrun_runtime *runtime) {
    CHECK(isolate_lock_acquire(&runtime->isolate, -1));
    close_runtime(runtime);
    isolate_lock_release(&runtime->isolate);
}

static void *use_twice(void *data) {
    CHECK(enter_once(data) == ENGINE_LOCKS);
    CHECK(enter_once(data) == ENGINE_KEEPS);
    return NULL;
}

static void *close_elsewhere(void *data) {
    close_now(data);
    return NULL;
}

static void test_kept_from_the_second_time_on(void) {
    jsrun_runtime *runtime = new_runtime();
    jsrun_runtime *other = new_runtime();
    CHECK(enter_once(runtime) == ENGINE_STAYS);
    run_elsewhere(use_twice, runtime);
    run_elsewhere(use_twice, other);
    CHECK(runtime->locked.guests.keepers == 0 && other->locked.guests.keepers == 0);
    CHECK(enter_once(runtime) == ENGINE_LOCKS);
    CHECK(enter_once(runtime) == ENGINE_KEEPS);
    CHECK(enter_once(other) == ENGINE_LOCKS); /* back and forth: a kept lock stays */
    CHECK(enter_once(runtime) == ENGINE_KEEPS);
    CHECK(enter_once(other) == ENGINE_LOCKS);
    CHECK(enter_once(other) == ENGINE_KEEPS);
    CHECK(runtime->locked.guests.keepers == 0 && other->locked.guests.keepers == 1);
    CHECK(enter_once(runtime) == ENGINE_LOCKS);
    close_now(runtime);
    close_now(other);
    CHECK(atomic_load(&engines_alive) == 0);
    free_runtime(runtime);
    free_runtime(other);
}

static void test_closed_by_another_thread(void) {
    jsrun_runtime *runtime = new_runtime();
    run_elsewhere(use_twice, runtime);
    use_twice(runtime);
    run_elsewhere(close_elsewhere, runtime);
    CHECK(atomic_load(&engines_alive) == 1);
    jsrun_runtime_leave(runtime);
    CHECK(atomic_load(&engines_alive) == 0);
    free_runtime(runtime);
}

static void test_taken_away_before_another_thread_closes(void) {
    jsrun_runtime *runtime = new_runtime();
    run_elsewhere(use_twice, runtime);
    use_twice(runtime);
    CHECK(runtime->locked.guests.keepers == 1);
    jsrun_runtime_leave(runtime);
    CHECK(runtime->locked.guests.keepers == 0);
    run_elsewhere(close_elsewhere, runtime);
    CHECK(atomic_load(&engines_alive) == 0);
    free_runtime(runtime);
}

static void *use_twice_and_wait(void *data) {
    void **pair = data;
    use_twice(pair[0]);
    pthread_barrier_wait(pair[1]); /* the runtime has been used, */
    pthread_barrier_wait(pair[1]); /* and now the thread that waits for this one uses it */
    return NULL;
}

static void test_waited_for_by_who_is_inside(void) {
    jsrun_runtime *runtime = new_runtime();
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, 2);
    void *pair[] = {runtime, &barrier};
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, use_twice_and_wait, pair) == 0);
    pthread_barrier_wait(&barrier);
    CHECK(isolate_lock_acquire(&runtime->isolate, -1));
    jsrun_entry entry;
    runtime_enter(runtime, &entry, false, NULL);
    pthread_barrier_wait(&barrier);
    pthread_join(thread, NULL);
    runtime_leave(&entry);
    CHECK(runtime->locked.guests.keepers == 0);
    *archive_of(runtime->engine, runtime->engine->archived[0]) =
        NULL; /* which V8 frees at the end */
    close_runtime(runtime);
    isolate_lock_release(&runtime->isolate);
    CHECK(atomic_load(&engines_alive) == 0);
    free_runtime(runtime);
    pthread_barrier_destroy(&barrier);
}

int main(int count, char **arguments) {
    unsigned schedules = count > 1 ? (unsigned)strtoul(arguments[1], NULL, 10) : 1000;
    for (int remote = 0; remote < 2; remote++) {
        if (remote) thread_fences_start();
        test_kept_from_the_second_time_on();
        jsrun_thread_leave();
        test_closed_by_another_thread();
        jsrun_thread_leave();
        test_taken_away_before_another_thread_closes();
        jsrun_thread_leave();
        test_waited_for_by_who_is_inside();
        for (unsigned seed = 1; seed <= schedules; seed++) run_schedule(seed);
    }
    return 0;
}
