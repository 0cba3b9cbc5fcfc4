/* Who may enter an isolate: a lock that knows its owner, and serves threads in the order of their
 * arrival.
 *
 * It is taken before v8::Locker, which can neither be tried nor be waited for with a limit. A
 * thread that holds the host lock only tries.
 *
 * The lock is confined to the thread that makes it, its home, until another thread wants it. Until
 * then the home thread takes it and releases it by plain stores. It says "inside" and then looks
 * whether another thread wants the lock. Another thread says "wanted" and then looks whether the
 * home thread is inside. There is a fence between the two steps, on both sides: so one of the two
 * threads sees the other. From then on, for good, the lock is shared: a lock like others. */
#ifndef RUNTIME_ISOLATE_LOCK_H
#define RUNTIME_ISOLATE_LOCK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/threads.h"

typedef struct isolate_waiter isolate_waiter;

typedef enum isolate_lock_mode {
    ISOLATE_CONFINED, /* to its home thread */
    ISOLATE_WANTED,   /* the same, but another thread waits for the home thread to leave */
    ISOLATE_SHARED,
} isolate_lock_mode;

typedef struct isolate_lock {
    _Atomic(const void *) home; /* a thread_self(); NULL once shared */
    atomic_bool home_inside;    /* only the home thread writes it */
    _Atomic(isolate_lock_mode) mode;
    _Atomic(const void *) owner; /* once shared: a thread_self(), or NULL */
    atomic_uint waiter_count;
    pthread_mutex_t mutex; /* protects the waiters, and every change of the mode */
    isolate_waiter *first;
    isolate_waiter *last;
} isolate_lock;

/* The calling thread is its home. False: out of memory. */
bool isolate_lock_init(isolate_lock *lock);
void isolate_lock_destroy(isolate_lock *lock);

/* Never blocks. False: another thread has it or waits for it. */
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

/* For its holder: whether another thread may have had it before, or may have it next. */
static inline bool isolate_lock_is_shared(isolate_lock *lock) {
    return !isolate_lock_is_at_home(lock);
}

/* For its holder: whether another thread waits for it. */
static inline bool isolate_lock_is_wanted(isolate_lock *lock) {
    return atomic_load(&lock->waiter_count) > 0;
}

#endif
