#include "isolate_lock.h"

#include <stddef.h>

#include "threads.h"

struct isolate_waiter {
    isolate_waiter *next;
    const void *thread;
    pthread_cond_t granted_changed;
    bool granted;
};

bool isolate_lock_init(isolate_lock *lock) {
    atomic_init(&lock->owner, NULL);
    atomic_init(&lock->waiter_count, 0);
    lock->first = lock->last = NULL;
    return pthread_mutex_init(&lock->mutex, NULL) == 0;
}

void isolate_lock_destroy(isolate_lock *lock) { pthread_mutex_destroy(&lock->mutex); }

bool isolate_lock_is_mine(isolate_lock *lock) {
    return atomic_load_explicit(&lock->owner, memory_order_relaxed) == thread_self();
}

static bool take_if_free(isolate_lock *lock, const void *thread) {
    const void *nobody = NULL;
    return atomic_compare_exchange_strong(&lock->owner, &nobody, thread);
}

bool isolate_lock_try(isolate_lock *lock) {
    return atomic_load(&lock->waiter_count) == 0 && take_if_free(lock, thread_self());
}

static void append(isolate_lock *lock, isolate_waiter *waiter) {
    if (lock->last)
        lock->last->next = waiter;
    else
        lock->first = waiter;
    lock->last = waiter;
}

static void remove_waiter(isolate_lock *lock, isolate_waiter *waiter) {
    isolate_waiter *before = NULL;
    for (isolate_waiter *at = lock->first; at; before = at, at = at->next) {
        if (at != waiter) continue;
        if (before)
            before->next = at->next;
        else
            lock->first = at->next;
        if (lock->last == at) lock->last = before;
        return;
    }
}

bool isolate_lock_acquire(isolate_lock *lock, double seconds) {
    isolate_waiter waiter = {.thread = thread_self()};
    if (isolate_lock_try(lock)) return true;
    if (!thread_condition_init(&waiter.granted_changed)) return false;
    double until = seconds < 0 ? 0 : thread_now() + seconds;
    pthread_mutex_lock(&lock->mutex);
    /* Counted before the look at the owner: the owner lets go first and looks at the count then, so one of
     * the two sees the other. */
    atomic_fetch_add(&lock->waiter_count, 1);
    if (!lock->first && take_if_free(lock, waiter.thread)) {
        waiter.granted = true;
    } else {
        append(lock, &waiter);
    }
    while (!waiter.granted) {
        if (seconds < 0) {
            pthread_cond_wait(&waiter.granted_changed, &lock->mutex);
            continue;
        }
        double left = until - thread_now();
        if (left > 0) {
            thread_wait_for(&waiter.granted_changed, &lock->mutex, left);
            continue;
        }
        remove_waiter(lock, &waiter);
        break;
    }
    atomic_fetch_sub(&lock->waiter_count, 1);
    pthread_mutex_unlock(&lock->mutex);
    pthread_cond_destroy(&waiter.granted_changed);
    return waiter.granted;
}

void isolate_lock_release(isolate_lock *lock) {
    atomic_store(&lock->owner, NULL);
    if (atomic_load(&lock->waiter_count) == 0) return;
    pthread_mutex_lock(&lock->mutex);
    isolate_waiter *next = lock->first;
    if (next && take_if_free(lock, next->thread)) {
        lock->first = next->next;
        if (!lock->first) lock->last = NULL;
        next->granted = true;
        pthread_cond_signal(&next->granted_changed);
    }
    pthread_mutex_unlock(&lock->mutex);
}
