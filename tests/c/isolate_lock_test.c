/* The lock of an isolate alone, with a counter in V8's place: random schedules of threads that take
 * and release it in every way. Also built with ThreadSanitizer, as isolate_lock_tsan_test. */
#include <sched.h>

#include "base/isolate_lock.h"
#include "check.h"

enum { MOST_THREADS = 4, STEPS = 40 };

typedef struct schedule {
    isolate_lock lock;
    pthread_barrier_t start;
    /* Not atomic, so that two threads inside at once are a data race. */
    long inside;
    long count;
} schedule;

typedef struct actor {
    pthread_t thread;
    schedule *schedule;
    unsigned seed;
    unsigned late; /* how many turns it gives away before it starts */
    long entered;
} actor;

static unsigned next(actor *self, unsigned below) {
    self->seed = self->seed * 1103515245u + 12345u;
    return (self->seed >> 16) % below;
}

static void idle(actor *self) {
    for (unsigned i = next(self, 8); i-- > 5;) sched_yield();
}

static void stay_inside(actor *self) {
    schedule *schedule = self->schedule;
    CHECK(isolate_lock_is_mine(&schedule->lock));
    CHECK(schedule->inside++ == 0);
    idle(self);
    schedule->count++;
    CHECK(--schedule->inside == 0);
    self->entered++;
}

static bool get_in(actor *self) {
    isolate_lock *lock = &self->schedule->lock;
    switch (next(self, 6)) {
    case 0:
        return isolate_lock_acquire(lock, -1);
    case 1:
        return isolate_lock_acquire(lock, 0.00001 * next(self, 10));
    default:
        return isolate_lock_try(lock);
    }
}

static void *act(void *data) {
    actor *self = data;
    schedule *schedule = self->schedule;
    pthread_barrier_wait(&schedule->start);
    for (unsigned i = 0; i < self->late; i++) sched_yield();
    for (int i = 0; i < STEPS; i++) {
        CHECK(!isolate_lock_is_mine(&schedule->lock));
        if (get_in(self)) {
            stay_inside(self);
            isolate_lock_release(&schedule->lock);
        }
        idle(self);
    }
    return NULL;
}

static void run_schedule(unsigned seed) {
    /* Not {0}: the very first member is atomic, and clang 14 refuses that. */
    schedule schedule = {.inside = 0};
    actor actors[MOST_THREADS];
    unsigned threads = 2 + seed % (MOST_THREADS - 1);
    CHECK(isolate_lock_init(&schedule.lock));
    pthread_barrier_init(&schedule.start, NULL, threads);
    for (unsigned i = 0; i < threads; i++) {
        actors[i] = (actor){.schedule = &schedule, .seed = seed * 31u + i};
        /* Usually one thread has it alone for a while. */
        actors[i].late = i ? next(&actors[i], 60) : 0;
        if (i) CHECK(pthread_create(&actors[i].thread, NULL, act, &actors[i]) == 0);
    }
    act(&actors[0]); /* on the home thread */
    long entered = 0;
    for (unsigned i = 0; i < threads; i++) {
        if (i) pthread_join(actors[i].thread, NULL);
        entered += actors[i].entered;
    }
    CHECK(schedule.count == entered);
    /* Each thread has released it. */
    CHECK(isolate_lock_try(&schedule.lock));
    CHECK(schedule.inside == 0);
    isolate_lock_release(&schedule.lock);
    isolate_lock_destroy(&schedule.lock);
    pthread_barrier_destroy(&schedule.start);
}

/* --- one thing at a time ---------------------------------------------------------------------- */

static void *take_and_release(void *data) {
    isolate_lock *lock = data;
    CHECK(isolate_lock_acquire(lock, -1));
    CHECK(isolate_lock_is_shared(lock));
    isolate_lock_release(lock);
    return NULL;
}

static void *fail_to_take(void *data) {
    CHECK(!isolate_lock_try(data));
    CHECK(!isolate_lock_acquire(data, 0.001));
    return NULL;
}

static void test_confined_until_another_thread_comes(void) {
    isolate_lock lock;
    CHECK(isolate_lock_init(&lock));
    for (int i = 0; i < 3; i++) {
        CHECK(isolate_lock_try(&lock));
        CHECK(!isolate_lock_is_shared(&lock));
        isolate_lock_release(&lock);
        CHECK(!isolate_lock_is_mine(&lock));
    }
    run_elsewhere(take_and_release, &lock);
    CHECK(isolate_lock_try(&lock));
    CHECK(isolate_lock_is_shared(&lock));
    isolate_lock_release(&lock);
    isolate_lock_destroy(&lock);
}

static void test_wanted_while_home_is_inside(void) {
    isolate_lock lock;
    pthread_t waiter;
    CHECK(isolate_lock_init(&lock));
    CHECK(isolate_lock_try(&lock));
    run_elsewhere(fail_to_take, &lock);
    CHECK(isolate_lock_is_mine(&lock));
    CHECK(pthread_create(&waiter, NULL, take_and_release, &lock) == 0);
    while (atomic_load(&lock.waiter_count) == 0) sched_yield();
    CHECK(isolate_lock_is_mine(&lock));
    isolate_lock_release(&lock);
    pthread_join(waiter, NULL);
    CHECK(isolate_lock_acquire(&lock, -1));
    isolate_lock_release(&lock);
    isolate_lock_destroy(&lock);
}

/* No other thread gets its number, so no new thread is confused with it. */
static void *make_it_home(void *data) {
    CHECK(isolate_lock_init(data));
    CHECK(isolate_lock_try(data));
    CHECK(!isolate_lock_is_shared(data));
    isolate_lock_release(data);
    return NULL;
}

static void test_home_thread_has_ended(void) {
    isolate_lock lock;
    run_elsewhere(make_it_home, &lock);
    run_elsewhere(take_and_release, &lock);
    run_elsewhere(take_and_release, &lock);
    isolate_lock_destroy(&lock);
}

int main(int count, char **arguments) {
    unsigned schedules = count > 1 ? (unsigned)strtoul(arguments[1], NULL, 10) : 1500;
    for (int remote = 0; remote < 2; remote++) {
        if (remote) thread_fences_start();
        test_confined_until_another_thread_comes();
        test_wanted_while_home_is_inside();
        test_home_thread_has_ended();
        for (unsigned seed = 1; seed <= schedules; seed++) run_schedule(seed);
    }
    return 0;
}
