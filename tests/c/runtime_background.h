/* Evaluations on other threads, for the tests. */
#ifndef TESTS_RUNTIME_BACKGROUND_H
#define TESTS_RUNTIME_BACKGROUND_H

#include <unistd.h>

#include "runtime_host.h"

/* One evaluation on a thread of its own. The caller releases its host lock meanwhile. */
typedef struct background {
    host *host;
    evaluation evaluation;
    pthread_t thread;
} background;

static inline void *background_thread(void *data) {
    background *self = data;
    host_acquire(self->host, NULL);
    self->evaluation = evaluate(self->host, self->evaluation.source, self->evaluation.name);
    host_release(self->host);
    return NULL;
}

static inline void background_start(background *self, host *host, const char *source,
                                    const char *name) {
    *self = (background){.host = host, .evaluation = {.source = source, .name = name}};
    host_release(host);
    CHECK(pthread_create(&self->thread, NULL, background_thread, self) == 0);
}

static inline evaluation background_finish(background *self) {
    pthread_join(self->thread, NULL);
    host_acquire(self->host, NULL);
    return self->evaluation;
}

/* A host function that JavaScript calls when it runs, and the wait for that. */
static atomic_bool running;

static inline double tell_running(host *self, double argument) {
    (void)self;
    atomic_store(&running, true);
    return argument;
}

static inline void await_running(void) {
    while (!atomic_load(&running)) usleep(100);
    atomic_store(&running, false);
}

#endif
