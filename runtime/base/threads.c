#define _GNU_SOURCE
#include "base/threads.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#if defined(__linux__)
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

/* Stack that is left to V8's C++ and to the host functions that JavaScript calls. */
#define HOST_STACK_BYTES ((uintptr_t)192 * 1024)

/* Room for JavaScript that recurses and for handlers that call JavaScript again. */
#define THREAD_STACK_BYTES ((size_t)8 * 1024 * 1024)

JSRUN_THREAD_LOCAL uintptr_t thread_number;

uintptr_t thread_number_new(void) {
    static atomic_uintptr_t last;
    thread_number = atomic_fetch_add(&last, 1) + 1;
    return thread_number;
}

/* --- fences ---------------------------------------------------------------------------------- */

atomic_bool thread_fences_are_remote;

#if defined(__NR_membarrier)
static bool membarrier(int command) { return syscall(__NR_membarrier, command, 0, 0) == 0; }

void thread_fences_start(void) {
    atomic_store(&thread_fences_are_remote, membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) &&
                                                membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED));
}

void thread_fence_seldom(void) {
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&thread_fences_are_remote, memory_order_relaxed))
        membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
}
#else
void thread_fences_start(void) {}

void thread_fence_seldom(void) { atomic_thread_fence(memory_order_seq_cst); }
#endif

/* --- ends ------------------------------------------------------------------------------------ */

static pthread_key_t end_key;
static bool end_key_made;

static void run_at_end(void *function) {
    void (*ended)(void);
    memcpy(&ended, &function, sizeof ended);
    ended();
}

static void make_end_key(void) { end_key_made = pthread_key_create(&end_key, run_at_end) == 0; }

void thread_on_end(void (*ended)(void)) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    void *function;
    memcpy(&function, &ended, sizeof function);
    pthread_once(&once, make_end_key);
    if (end_key_made) pthread_setspecific(end_key, function);
}

/* --- stacks, signals, conditions ------------------------------------------------------------- */

uintptr_t thread_stack_end(void) {
    static _Thread_local uintptr_t end;
    if (!end) {
        pthread_attr_t attributes;
        void *lowest = NULL;
        size_t size = 0;
        if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
            pthread_attr_getstack(&attributes, &lowest, &size);
            pthread_attr_destroy(&attributes);
        }
        /* Of a small stack JavaScript gets half. Of a stack of unknown size V8 sets the limit. */
        uintptr_t reserve = size && size / 2 < HOST_STACK_BYTES ? size / 2 : HOST_STACK_BYTES;
        end = lowest ? (uintptr_t)lowest + reserve : 1;
    }
    return end;
}

static_assert(sizeof(sigset_t) <= sizeof(thread_signals), "room for a sigset_t");

void thread_block_signals(thread_signals *before) {
    static const int left_open[] = {SIGPROF, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT};
    sigset_t blocked;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof left_open / sizeof *left_open; i++)
        sigdelset(&blocked, left_open[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, (sigset_t *)before->storage);
}

void thread_restore_signals(const thread_signals *before) {
    pthread_sigmask(SIG_SETMASK, (const sigset_t *)before->storage, NULL);
}

bool thread_start(pthread_t *thread, const char *name, thread_body body, void *data) {
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) return false;
    pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
    thread_signals before;
    thread_block_signals(&before);
    bool started = pthread_create(thread, &attributes, body, data) == 0;
    thread_restore_signals(&before);
    pthread_attr_destroy(&attributes);
#if defined(__linux__)
    if (started) pthread_setname_np(*thread, name);
#else
    (void)name;
#endif
    return started;
}

bool thread_condition_init(pthread_cond_t *condition) {
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0) return false;
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    bool made = pthread_cond_init(condition, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return made;
}

bool thread_wait_for(pthread_cond_t *condition, pthread_mutex_t *mutex, double seconds) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    double whole = floor(seconds);
    until.tv_sec += (time_t)whole;
    until.tv_nsec += (long)((seconds - whole) * 1e9);
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    return pthread_cond_timedwait(condition, mutex, &until) != ETIMEDOUT;
}

double thread_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double thread_busy(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}
