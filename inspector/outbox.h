/* Messages on their way to one client: runtimes put them in, the service thread takes them out. A
 * full outbox makes those who put wait, so that a client that reads slowly slows its runtime
 * down. */
#ifndef INSPECTOR_OUTBOX_H
#define INSPECTOR_OUTBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct inspector_outbox inspector_outbox;

/* The part of a message that is to be sent next. */
typedef struct inspector_chunk {
    /* Before it are LWS_PRE bytes that the sender may overwrite. */
    unsigned char *data;
    size_t length;
    bool first;
    bool last;
} inspector_chunk;

/* `limit`: how many bytes may wait. Free with inspector_outbox_free(). NULL: no memory. */
inspector_outbox *inspector_outbox_new(size_t limit);

/* No call of another function may be under way. */
void inspector_outbox_free(inspector_outbox *outbox);

/* A piece of a message's text. */
typedef struct inspector_part {
    const char *text;
    size_t length;
} inspector_part;

/* Any thread. Waits until there is room; a message that is larger than the limit has room in an
 * empty outbox. `cancelled` (NULL: never) may be set by another thread, which then calls
 * inspector_outbox_nudge(). False: the outbox is sealed, or it was cancelled, or there is no
 * memory; the message is lost. */
bool inspector_outbox_put(inspector_outbox *outbox, const inspector_part *parts, size_t count,
                          const atomic_bool *cancelled);

/* Has those who wait to put a message look at their `cancelled`. */
void inspector_outbox_nudge(inspector_outbox *outbox);

/* Takes no more messages; those who wait to put one return. */
void inspector_outbox_seal(inspector_outbox *outbox);

/* The other functions are for one thread, the one that takes. */

/* Puts a message in whether there is room or not. False: sealed, or no memory. */
bool inspector_outbox_push(inspector_outbox *outbox, const char *text, size_t length);

/* Whether more than half of the limit waits. */
bool inspector_outbox_is_filling(inspector_outbox *outbox);

/* What to send next, at most `limit` bytes. False: there is nothing. */
bool inspector_outbox_peek(inspector_outbox *outbox, size_t limit, inspector_chunk *chunk);

/* What inspector_outbox_peek() told was sent. */
void inspector_outbox_sent(inspector_outbox *outbox, const inspector_chunk *chunk);

#endif
