#include "base/isolate_lock.h"

#include <stddef.h>

struct isolate_waiter {
    isolate_waiter *next;
    const void *thread;
    pthread_cond_t granted_changed;
    bool granted;
};

bool isolate_lock_init(isolate_lock *lock) {
    atomic_init(&lock->home, thread_self());
    atomic_init(&lock->home_inside, false);
    atomic_init(&lock->mode, ISOLATE_CONFINED);
    atomic_init(&lock->owner, NULL);
    atomic_init(&lock->waiter_count, 0);
    lock->first = lock->last = NULL;
    return pthread_mutex_init(&lock->mutex, NULL) == 0;
}

void isolate_lock_destroy(isolate_lock *lock) { pthread_mutex_destroy(&lock->mutex); }

/* --- waiters --------------------------------------------------------------------------------- */

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

static bool take_if_free(isolate_lock *lock, const void *thread) {
    const void *nobody = NULL;
    return atomic_compare_exchange_strong(&lock->owner, &nobody, thread);
}

/* The lock is shared and was released. */
static void grant_locked(isolate_lock *lock) {
    isolate_waiter *next = lock->first;
    if (!next || !take_if_free(lock, next->thread)) return;
    lock->first = next->next;
    if (!lock->first) lock->last = NULL;
    next->granted = true;
    pthread_cond_signal(&next->granted_changed);
}

/* --- confined, then shared ------------------------------------------------------------------- */

static bool is_shared(isolate_lock *lock) {
    return atomic_load_explicit(&lock->mode, memory_order_acquire) == ISOLATE_SHARED;
}

static void share_locked(isolate_lock *lock) {
    atomic_store_explicit(&lock->home, NULL, memory_order_relaxed);
    atomic_store_explicit(&lock->mode, ISOLATE_SHARED, memory_order_release);
}

static void leave_home(isolate_lock *lock) {
    atomic_store_explicit(&lock->home_inside, false, memory_order_release);
    thread_fence_often();
    if (atomic_load_explicit(&lock->mode, memory_order_relaxed) == ISOLATE_CONFINED) return;
    pthread_mutex_lock(&lock->mutex);
    if (!is_shared(lock)) share_locked(lock);
    grant_locked(lock);
    pthread_mutex_unlock(&lock->mutex);
}

static bool enter_home(isolate_lock *lock) {
    atomic_store_explicit(&lock->home_inside, true, memory_order_relaxed);
    thread_fence_often();
    if (atomic_load_explicit(&lock->mode, memory_order_acquire) == ISOLATE_CONFINED) return true;
    leave_home(lock); /* another thread may have seen this one inside */
    return false;
}

/* On a thread that is not the lock's home. Shares the lock if the home thread is not inside.
 * Otherwise the home thread shares it when it leaves. */
static void want_locked(isolate_lock *lock) {
    if (atomic_load_explicit(&lock->mode, memory_order_relaxed) == ISOLATE_CONFINED) {
        atomic_store_explicit(&lock->mode, ISOLATE_WANTED, memory_order_relaxed);
        thread_fence_seldom();
    }
    bool inside = atomic_load_explicit(&lock->home_inside, memory_order_acquire);
    if (!inside && !is_shared(lock)) share_locked(lock);
}

/* --- the lock -------------------------------------------------------------------------------- */

bool isolate_lock_try(isolate_lock *lock) {
    if (isolate_lock_is_at_home(lock) && enter_home(lock)) return true;
    if (!is_shared(lock)) {
        pthread_mutex_lock(&lock->mutex);
        want_locked(lock);
        pthread_mutex_unlock(&lock->mutex);
        if (!is_shared(lock)) return false;
    }
    return atomic_load(&lock->waiter_count) == 0 && take_if_free(lock, thread_self());
}

bool isolate_lock_acquire(isolate_lock *lock, double seconds) {
    isolate_waiter waiter = {.thread = thread_self()};
    if (isolate_lock_try(lock)) return true;
    if (!thread_condition_init(&waiter.granted_changed)) return false;
    double until = seconds < 0 ? 0 : thread_now() + seconds;
    pthread_mutex_lock(&lock->mutex);
    /* This thread counts itself first and then looks at the owner. The owner releases the lock
     * first and then looks at the count. So one of the two sees the other. */
    atomic_fetch_add(&lock->waiter_count, 1);
    want_locked(lock);
    if (is_shared(lock) && !lock->first && take_if_free(lock, waiter.thread)) {
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
    if (isolate_lock_is_at_home(lock)) {
        leave_home(lock);
        return;
    }
    atomic_store(&lock->owner, NULL);
    if (atomic_load(&lock->waiter_count) == 0) return;
    pthread_mutex_lock(&lock->mutex);
    grant_locked(lock);
    pthread_mutex_unlock(&lock->mutex);
}
