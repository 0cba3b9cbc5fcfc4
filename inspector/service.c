/* pthread_setname_np() */
#define _GNU_SOURCE
#include "service.h"

#include <errno.h>
#include <libwebsockets.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

typedef struct command {
    inspector_command run;
    void *data;
    bool done;
    STAILQ_ENTRY(command) next;
} command;

typedef enum state { STOPPED, STARTING, RUNNING, STOPPING } state;

/* The process's service. */
static struct {
    inspector_service service;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* the state has changed, or a command is done */
    /* Under the lock: */
    state state;
    size_t users;
    pthread_t thread;
    STAILQ_HEAD(, command) commands;
    /* The process that the thread runs in; 0 while there is none. In a forked process this is
     * another one. */
    _Atomic pid_t owner;
} process = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .changed = PTHREAD_COND_INITIALIZER,
};

bool inspector_service_forked(void) {
    pid_t owner = atomic_load(&process.owner);
    return owner != 0 && owner != getpid();
}

void inspector_service_run_commands(inspector_service *service) {
    pthread_mutex_lock(&process.lock);
    while (!STAILQ_EMPTY(&process.commands)) {
        command *next = STAILQ_FIRST(&process.commands);
        STAILQ_REMOVE_HEAD(&process.commands, next);
        pthread_mutex_unlock(&process.lock);
        next->run(service, next->data);
        pthread_mutex_lock(&process.lock);
        next->done = true;
        pthread_cond_broadcast(&process.changed);
    }
    pthread_mutex_unlock(&process.lock);
}

bool inspector_service_is_stopping(void) {
    pthread_mutex_lock(&process.lock);
    bool stopping = process.state == STOPPING;
    pthread_mutex_unlock(&process.lock);
    return stopping;
}

void inspector_service_started(bool good) {
    pthread_mutex_lock(&process.lock);
    process.state = good ? RUNNING : STOPPING;
    pthread_cond_broadcast(&process.changed);
    pthread_mutex_unlock(&process.lock);
}

/* Creates the service thread with signals blocked, since they are for the host's threads. Signals
 * that a thread causes itself are not blocked. */
static int create_thread(void *(*body)(void *)) {
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    sigset_t blocked, before;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) sigdelset(&blocked, own[i]);
    int failure = pthread_sigmask(SIG_SETMASK, &blocked, &before);
    if (failure) return failure;
    failure = pthread_create(&process.thread, NULL, body, &process.service);
    if (!failure) pthread_setname_np(process.thread, "jsrun-inspector");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

/* Ends the thread, which is stopping or will see that it has to. The lock is held. */
static void join_thread(void) {
    pthread_t thread = process.thread;
    pthread_mutex_unlock(&process.lock);
    pthread_join(thread, NULL);
    pthread_mutex_lock(&process.lock);
    process.state = STOPPED;
    atomic_store(&process.owner, 0);
    pthread_cond_broadcast(&process.changed);
}

bool inspector_service_acquire(void *(*body)(void *service), char *error, size_t error_size) {
    if (inspector_service_forked()) {
        snprintf(error, error_size,
                 "the inspector belongs to the process that this one was forked from");
        return false;
    }

    bool acquired = false;
    pthread_mutex_lock(&process.lock);
    while (process.state == STARTING || process.state == STOPPING)
        pthread_cond_wait(&process.changed, &process.lock);
    if (process.state == RUNNING) {
        process.users++;
        acquired = true;
        goto out;
    }

    STAILQ_INIT(&process.commands);
    LIST_INIT(&process.service.endpoints);
    LIST_INIT(&process.service.connections);
    atomic_store(&process.owner, getpid());
    process.state = STARTING;
    int failure = create_thread(body);
    if (failure) {
        process.state = STOPPED;
        atomic_store(&process.owner, 0);
        pthread_cond_broadcast(&process.changed);
        snprintf(error, error_size, "cannot start the inspector's thread: %s", strerror(failure));
        goto out;
    }
    while (process.state == STARTING) pthread_cond_wait(&process.changed, &process.lock);
    if (process.state == STOPPING) {
        join_thread();
        snprintf(error, error_size, "cannot start the inspector: libwebsockets refused");
        goto out;
    }
    process.users++;
    acquired = true;

out:
    pthread_mutex_unlock(&process.lock);
    return acquired;
}

void inspector_service_release(void) {
    pthread_mutex_lock(&process.lock);
    if (--process.users == 0) {
        process.state = STOPPING;
        lws_cancel_service(process.service.context);
        join_thread();
    }
    pthread_mutex_unlock(&process.lock);
}

void inspector_service_run(inspector_command run, void *data) {
    command mine = {.run = run, .data = data};
    pthread_mutex_lock(&process.lock);
    STAILQ_INSERT_TAIL(&process.commands, &mine, next);
    lws_cancel_service(process.service.context);
    while (!mine.done) pthread_cond_wait(&process.changed, &process.lock);
    pthread_mutex_unlock(&process.lock);
}

void inspector_service_wake(inspector_service *service) {
    atomic_store(&service->woken, true);
    lws_cancel_service(service->context);
}
