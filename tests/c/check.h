/* What every C test needs: a check that aborts, and a body run on a thread of its own. */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s: not true: %s\n", __FILE__, __LINE__, __func__,             \
                    #condition);                                                                   \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* Runs the body on a new thread, and waits until that thread has ended. Returns what the body
 * returned. */
static inline void *run_elsewhere(void *(*body)(void *), void *data) {
    pthread_t thread;
    void *result;
    CHECK(pthread_create(&thread, NULL, body, data) == 0);
    CHECK(pthread_join(thread, &result) == 0);
    return result;
}

#endif
