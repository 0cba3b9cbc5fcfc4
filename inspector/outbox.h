/* The queue of messages to one client. Runtimes put them in, the service thread takes them out.
 * While it is full, a thread that puts a message waits, so that a client that reads slowly slows
 * its runtime down. */
#ifndef INSPECTOR_OUTBOX_H
#define INSPECTOR_OUTBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct inspector_outbox inspector_outbox;

/* The part of a message that is sent next. */
typedef struct inspector_chunk {
    /* The LWS_PRE bytes before it are for the sender to overwrite. */
    unsigned char *data;
    size_t length;
    bool first;
    bool last;
} inspector_chunk;

/* `limit`: the most bytes that may wait. Free with inspector_outbox_free(). NULL: no memory. */
inspector_outbox *inspector_outbox_new(size_t limit);

/* No other call for it may be under way. */
void inspector_outbox_free(inspector_outbox *outbox);

/* A piece of a message's text. */
typedef struct inspector_part {
    const char *text;
    size_t length;
} inspector_part;

/* Any thread. Waits until there is room. A message larger than the limit fits into an empty outbox.
 * `cancelled` (NULL: never) may be set by another thread, which then calls
 * inspector_outbox_nudge(). False: the outbox is sealed, the call was cancelled, or memory has run
 * out; the message is lost. */
bool inspector_outbox_put(inspector_outbox *outbox, const inspector_part *parts, size_t count,
                          const atomic_bool *cancelled);

/* Makes threads that wait for room look at their `cancelled`. */
void inspector_outbox_nudge(inspector_outbox *outbox);

/* Refuses messages from now on. Threads that wait for room return. */
void inspector_outbox_seal(inspector_outbox *outbox);

/* The functions below are for one thread, the one that takes messages. */

/* Puts a message in even without room. False: sealed, or no memory. */
bool inspector_outbox_push(inspector_outbox *outbox, const char *text, size_t length);

/* Whether more than half of the limit is waiting. */
bool inspector_outbox_is_filling(inspector_outbox *outbox);

/* What to send next, at most `limit` bytes. False: there is nothing. */
bool inspector_outbox_peek(inspector_outbox *outbox, size_t limit, inspector_chunk *chunk);

/* Takes out what inspector_outbox_peek() gave: it was sent. */
void inspector_outbox_sent(inspector_outbox *outbox, const inspector_chunk *chunk);

#endif
