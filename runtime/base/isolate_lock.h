/* Who may enter an isolate: a lock with an owner that can be asked for, and first come, first served.
 *
 * It comes before v8::Locker, which can neither be tried nor be waited for with a limit. Whoever holds the host lock only tries.
 *
 * The lock is confined to the thread that makes it, its home, until another one wants it. So long the home
 * thread takes it and lets it go by two plain stores: it says "inside" and then looks whether anybody else has
 * come; who comes says so and then looks whether the home thread is inside. One of the two sees the other, because of
 * the fences between. From then on, for good, the lock is shared: a lock like others. */
#ifndef RUNTIME_ISOLATE_LOCK_H
#define RUNTIME_ISOLATE_LOCK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/threads.h"

typedef struct isolate_waiter isolate_waiter;

typedef enum isolate_lock_mode {
    ISOLATE_CONFINED, /* to its home */
    ISOLATE_WANTED,   /* the same, but another thread waits for home to leave */
    ISOLATE_SHARED,
} isolate_lock_mode;

typedef struct isolate_lock {
    _Atomic(const void *) home; /* a thread_self(); NULL once shared */
    atomic_bool home_inside;    /* the home thread's to write */
    _Atomic(isolate_lock_mode) mode;
    _Atomic(const void *) owner; /* once shared: a thread_self(), or NULL */
    atomic_uint waiter_count;
    pthread_mutex_t mutex; /* the waiters, and every change of the mode */
    isolate_waiter *first;
    isolate_waiter *last;
} isolate_lock;

/* At home on the calling thread. */
bool isolate_lock_init(isolate_lock *lock);
void isolate_lock_destroy(isolate_lock *lock);

/* Never blocks. False: somebody has it, or waits for it. */
bool isolate_lock_try(isolate_lock *lock);
/* Waits at most `seconds`; negative: for ever. False: the time is up. */
bool isolate_lock_acquire(isolate_lock *lock, double seconds);
void isolate_lock_release(isolate_lock *lock);

static inline bool isolate_lock_is_at_home(isolate_lock *lock) {
    return atomic_load_explicit(&lock->home, memory_order_relaxed) == thread_self();
}

static inline bool isolate_lock_is_mine(isolate_lock *lock) {
    if (isolate_lock_is_at_home(lock))
        return atomic_load_explicit(&lock->home_inside, memory_order_relaxed);
    return atomic_load_explicit(&lock->owner, memory_order_relaxed) == thread_self();
}

/* For its holder: whether another thread may have had it before. */
static inline bool isolate_lock_is_shared(isolate_lock *lock) {
    return !isolate_lock_is_at_home(lock);
}

#endif
