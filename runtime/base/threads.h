/* What the library needs of threads beyond pthreads itself. */
#ifndef RUNTIME_THREADS_H
#define RUNTIME_THREADS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "jsrun/compiler.h"

extern JSRUN_THREAD_LOCAL uintptr_t thread_number __attribute__((visibility("hidden")));
uintptr_t thread_number_new(void);

/* Identifies the calling thread. No other thread, earlier or later, has the same. */
static inline const void *thread_self(void) {
    return (const void *)(thread_number ? thread_number : thread_number_new());
}

/* A fence in two halves. Two threads each store one thing and then load what the other one stores:
 * with the fence in between, at least one of them sees the other's store. One side pays for it:
 * "seldom" has the system run a fence on every processor that runs a thread of the process, so
 * "often" only keeps the compiler from changing the order. Where the system has no such call, both
 * are real fences. */
extern atomic_bool thread_fences_are_remote __attribute__((visibility("hidden")));
void thread_fences_start(void); /* once, before other threads use them */
void thread_fence_seldom(void);

static inline void thread_fence_often(void) {
    if (atomic_load_explicit(&thread_fences_are_remote, memory_order_relaxed))
        atomic_signal_fence(memory_order_seq_cst);
    else
        atomic_thread_fence(memory_order_seq_cst);
}

/* `ended` is called on the calling thread when that ends, but not when the process ends. May be
 * called again. */
void thread_on_end(void (*ended)(void));

/* The lowest address of the calling thread's stack that JavaScript may use. The part below is left
 * to V8's own code and to host functions. */
uintptr_t thread_stack_end(void);

typedef void *(*thread_body)(void *data);

/* Starts a thread that takes no signals except those that V8's profiler needs and those that report
 * its own faults: the host's signals are for the host's threads. False: the system refused.
 * `name` is for debuggers and lists of threads: at most 15 bytes. The thread must not end before
 * this has returned. */
bool thread_start(pthread_t *thread, const char *name, thread_body body, void *data);

/* Blocks the same signals on the calling thread, for the threads that a library is about to start.
 * The second function undoes it. */
typedef struct thread_signals {
    void *storage[16]; /* a sigset_t */
} thread_signals;
void thread_block_signals(thread_signals *before);
void thread_restore_signals(const thread_signals *before);

/* A condition variable on the monotonic clock, and a wait on it with a limit from now.
 * False: the time is up. */
bool thread_condition_init(pthread_cond_t *condition);
bool thread_wait_for(pthread_cond_t *condition, pthread_mutex_t *mutex, double seconds);

/* Seconds on the monotonic clock. */
double thread_now(void);
/* Seconds for which the calling thread has had a processor. */
double thread_busy(void);

#endif
