#define _GNU_SOURCE
#include "jsrun/patience.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "base/threads.h"

#define LIMIT_SECONDS 50e-6

/* A wait in vain costs as much as several waits that succeed. So each one adds IN_VAIN to a debt,
 * and each success takes 1 off. At MOST_DEBT no wait is tried, except one out of PROBE, which shows
 * whether waits succeed again. */
enum { IN_VAIN = 4, MOST_DEBT = 16, PROBE = 64 };

static bool has_processors;

static void count_processors(void) {
#if defined(__linux__)
    cpu_set_t set;
    has_processors = sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 1;
#else
    has_processors = sysconf(_SC_NPROCESSORS_ONLN) > 1;
#endif
}

static inline void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static bool look(bool (*there)(void *data), void *data) {
    double until = thread_now() + LIMIT_SECONDS;
    do {
        for (int i = 0; i < 8; i++) {
            if (there(data)) return true;
            relax();
        }
    } while (thread_now() < until);
    return there(data);
}

bool jsrun_patience_wait(jsrun_patience *self, bool (*there)(void *data), void *data) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, count_processors);
    if (there(data)) return true;
    if (!has_processors) return false;
    if (self->debt >= MOST_DEBT && ++self->refused < PROBE) return false;
    self->refused = 0;
    bool found = look(there, data);
    if (!found)
        self->debt = self->debt + IN_VAIN < MOST_DEBT ? self->debt + IN_VAIN : MOST_DEBT;
    else if (self->debt > 0)
        self->debt = self->debt >= MOST_DEBT ? MOST_DEBT - IN_VAIN : self->debt - 1;
    return found;
}
