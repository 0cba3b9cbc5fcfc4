/* Who may enter an isolate: a lock with an owner that can be asked for, and first come, first served.
 *
 * It comes before v8::Locker, which can neither be tried nor be waited for with a limit. Whoever holds the host lock only tries. */
#ifndef RUNTIME_ISOLATE_LOCK_H
#define RUNTIME_ISOLATE_LOCK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

typedef struct isolate_waiter isolate_waiter;

typedef struct isolate_lock {
    _Atomic(const void *) owner; /* thread_self(), or NULL */
    atomic_uint waiter_count;
    pthread_mutex_t mutex;
    isolate_waiter *first;
    isolate_waiter *last;
} isolate_lock;

bool isolate_lock_init(isolate_lock *lock);
void isolate_lock_destroy(isolate_lock *lock);

bool isolate_lock_is_mine(isolate_lock *lock);
/* Never blocks. False: somebody has it, or waits for it. */
bool isolate_lock_try(isolate_lock *lock);
/* Waits at most `seconds`; negative: for ever. False: the time is up. */
bool isolate_lock_acquire(isolate_lock *lock, double seconds);
void isolate_lock_release(isolate_lock *lock);

#endif
