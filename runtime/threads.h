/* What the library needs of threads beyond pthreads itself. */
#ifndef RUNTIME_THREADS_H
#define RUNTIME_THREADS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* An address that stands for the calling thread while it lives. */
const void *thread_self(void);

/* The lowest address of the calling thread's stack that JavaScript may use: what lies below is left
 * to V8's own code and to the host's functions. */
uintptr_t thread_stack_end(void);

/* Starts a thread that takes no signals but those sent to it and those that V8's profiler needs:
 * the host's signals are for the host's threads. */
bool thread_start(pthread_t *thread, void *(*body)(void *data), void *data);

/* Blocks those signals on this thread, for threads that a library is about to start; and undoes it. */
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

#endif
