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

/* What a message counts for. Its own memory too, or many small ones would be had for nothing. */
static size_t weight(const message *message) {
    return sizeof(*message) + LWS_PRE + message->length;
}

bool inspector_outbox_put(inspector_outbox *outbox, const char *text, size_t length) {
    message *message = malloc(sizeof(*message) + LWS_PRE + length);
    if (!message) return false;
    message->length = length;
    message->sent = 0;
    memcpy(message->data + LWS_PRE, text, length);

    pthread_mutex_lock(&outbox->lock);
    while (!outbox->sealed && outbox->waiting > 0 &&
           outbox->waiting + weight(message) > outbox->limit)
        pthread_cond_wait(&outbox->room, &outbox->lock);
    bool taken = !outbox->sealed;
    if (taken) {
        STAILQ_INSERT_TAIL(&outbox->messages, message, next);
        outbox->waiting += weight(message);
    }
    pthread_mutex_unlock(&outbox->lock);

    if (!taken) free(message);
    return taken;
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
    /* Nobody else touches a message once it is in. */
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
