/* A debugger for the tests: a session, and the messages that it has received. */
#ifndef TESTS_RUNTIME_DEBUGGER_H
#define TESTS_RUNTIME_DEBUGGER_H

#include "runtime_host.h"

typedef struct debugger {
    jsrun_session *session;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char *received; /* all messages, one a line */
    bool closed;
} debugger;

static inline void debugger_message(void *data, const char *text, size_t length) {
    debugger *self = data;
    pthread_mutex_lock(&self->lock);
    size_t used = strlen(self->received);
    self->received = realloc(self->received, used + length + 2);
    memcpy(self->received + used, text, length);
    memcpy(self->received + used + length, "\n", 2);
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
}

static inline void debugger_closed(void *data) {
    debugger *self = data;
    pthread_mutex_lock(&self->lock);
    self->closed = true;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
}

static inline void debugger_attach(debugger *self, jsrun_runtime *runtime) {
    memset(self, 0, sizeof *self);
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->changed, NULL);
    self->received = strdup("");
    jsrun_session_client client = {self, debugger_message, debugger_closed};
    CHECK(jsrun_session_open(runtime, &client, &self->session) == JSRUN_OK);
}

static inline void debugger_send(debugger *self, const char *message) {
    CHECK(jsrun_session_send(self->session, message, strlen(message)) == JSRUN_OK);
}

/* Waits for a message that contains `part`, and drops all up to its end. */
static inline void debugger_expect(debugger *self, const char *part) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    pthread_mutex_lock(&self->lock);
    char *found;
    while (!(found = strstr(self->received, part))) {
        if (pthread_cond_timedwait(&self->changed, &self->lock, &until) == 0) continue;
        fprintf(stderr, "expected %s, received:\n%s", part, self->received);
        abort();
    }
    found = strchr(found, '\n') + 1;
    memmove(self->received, found, strlen(found) + 1);
    pthread_mutex_unlock(&self->lock);
}

static inline void debugger_enable(debugger *self) {
    debugger_send(self, "{\"id\":1,\"method\":\"Runtime.enable\"}");
    debugger_send(self, "{\"id\":2,\"method\":\"Debugger.enable\"}");
    debugger_expect(self, "\"id\":2");
}

/* Evaluates an expression, as request `id`. The text goes into JSON as it is. */
static inline void debugger_evaluate(debugger *self, int id, const char *expression) {
    char message[400];
    int length =
        snprintf(message, sizeof message,
                 "{\"id\":%d,\"method\":\"Runtime.evaluate\",\"params\":{\"expression\":\"%s\"}}",
                 id, expression);
    CHECK((size_t)length < sizeof message);
    debugger_send(self, message);
}

static inline void debugger_expect_closed(debugger *self) {
    pthread_mutex_lock(&self->lock);
    while (!self->closed) pthread_cond_wait(&self->changed, &self->lock);
    pthread_mutex_unlock(&self->lock);
}

static inline void debugger_leave(debugger *self) {
    jsrun_session_close(self->session);
    free(self->received);
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->lock);
}

#endif
