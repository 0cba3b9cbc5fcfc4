#include "outbox.h"

#include <libwebsockets.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

typedef struct message {
    STAILQ_ENTRY(message) next;
    size_t length;
    size_t sent;
    unsigned char data[]; /* LWS_PRE bytes, then the text */
} message;

struct inspector_outbox {
    pthread_mutex_t lock;
    pthread_cond_t room;
    STAILQ_HEAD(, message) messages;
    size_t limit;
    size_t waiting; /* bytes */
    bool sealed;
};

inspector_outbox *inspector_outbox_new(size_t limit) {
    inspector_outbox *outbox = calloc(1, sizeof(*outbox));
    if (!outbox) return NULL;
    pthread_mutex_init(&outbox->lock, NULL);
    pthread_cond_init(&outbox->room, NULL);
    STAILQ_INIT(&outbox->messages);
    outbox->limit = limit;
    return outbox;
}

void inspector_outbox_free(inspector_outbox *outbox) {
    if (!outbox) return;
    while (!STAILQ_EMPTY(&outbox->messages)) {
        message *first = STAILQ_FIRST(&outbox->messages);
        STAILQ_REMOVE_HEAD(&outbox->messages, next);
        free(first);
    }
    pthread_cond_destroy(&outbox->room);
    pthread_mutex_destroy(&outbox->lock);
    free(outbox);
}

/* What a message counts for. That includes its own memory: otherwise many small messages would
 * count for nothing. */
static size_t weight(const message *message) {
    return sizeof(*message) + LWS_PRE + message->length;
}

static message *message_new(const inspector_part *parts, size_t count) {
    size_t length = 0;
    for (size_t i = 0; i < count; i++) length += parts[i].length;
    message *message = malloc(sizeof(*message) + LWS_PRE + length);
    if (!message) return NULL;
    message->length = length;
    message->sent = 0;
    unsigned char *to = message->data + LWS_PRE;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].length > 0) memcpy(to, parts[i].text, parts[i].length);
        to += parts[i].length;
    }
    return message;
}

static bool is_lost(const inspector_outbox *outbox, const atomic_bool *cancelled) {
    return outbox->sealed || (cancelled && atomic_load(cancelled));
}

static bool put(inspector_outbox *outbox, message *message, bool wait,
                const atomic_bool *cancelled) {
    pthread_mutex_lock(&outbox->lock);
    while (wait && !is_lost(outbox, cancelled) && outbox->waiting > 0 &&
           outbox->waiting + weight(message) > outbox->limit)
        pthread_cond_wait(&outbox->room, &outbox->lock);
    bool taken = !is_lost(outbox, cancelled);
    if (taken) {
        STAILQ_INSERT_TAIL(&outbox->messages, message, next);
        outbox->waiting += weight(message);
    }
    pthread_mutex_unlock(&outbox->lock);
    if (!taken) free(message);
    return taken;
}

bool inspector_outbox_put(inspector_outbox *outbox, const inspector_part *parts, size_t count,
                          const atomic_bool *cancelled) {
    message *message = message_new(parts, count);
    return message && put(outbox, message, true, cancelled);
}

bool inspector_outbox_push(inspector_outbox *outbox, const char *text, size_t length) {
    message *message = message_new(&(inspector_part){text, length}, 1);
    return message && put(outbox, message, false, NULL);
}

void inspector_outbox_nudge(inspector_outbox *outbox) {
    pthread_mutex_lock(&outbox->lock);
    pthread_cond_broadcast(&outbox->room);
    pthread_mutex_unlock(&outbox->lock);
}

bool inspector_outbox_is_filling(inspector_outbox *outbox) {
    pthread_mutex_lock(&outbox->lock);
    bool filling = outbox->waiting > outbox->limit / 2;
    pthread_mutex_unlock(&outbox->lock);
    return filling;
}

void inspector_outbox_seal(inspector_outbox *outbox) {
    pthread_mutex_lock(&outbox->lock);
    outbox->sealed = true;
    pthread_cond_broadcast(&outbox->room);
    pthread_mutex_unlock(&outbox->lock);
}

bool inspector_outbox_peek(inspector_outbox *outbox, size_t limit, inspector_chunk *chunk) {
    pthread_mutex_lock(&outbox->lock);
    message *message = STAILQ_FIRST(&outbox->messages);
    pthread_mutex_unlock(&outbox->lock);
    if (!message) return false;
    /* No other thread touches a message that is in the queue. */
    size_t left = message->length - message->sent;
    chunk->data = message->data + LWS_PRE + message->sent;
    chunk->length = left < limit ? left : limit;
    chunk->first = message->sent == 0;
    chunk->last = chunk->length == left;
    return true;
}

void inspector_outbox_sent(inspector_outbox *outbox, const inspector_chunk *chunk) {
    pthread_mutex_lock(&outbox->lock);
    message *message = STAILQ_FIRST(&outbox->messages);
    message->sent += chunk->length;
    if (chunk->last) {
        STAILQ_REMOVE_HEAD(&outbox->messages, next);
        outbox->waiting -= weight(message);
        pthread_cond_broadcast(&outbox->room);
    }
    pthread_mutex_unlock(&outbox->lock);
    if (chunk->last) free(message);
}
