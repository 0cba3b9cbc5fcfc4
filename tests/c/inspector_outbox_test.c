/* The queue between runtimes and a client. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "outbox.h"

static void put(inspector_outbox *outbox, const char *text) {
    inspector_part parts[] = {{text, strlen(text) / 2},
                              {text + strlen(text) / 2, strlen(text) - strlen(text) / 2}};
    bool taken = inspector_outbox_put(outbox, parts, 2, NULL);
    assert(taken);
}

static void expect(inspector_outbox *outbox, size_t limit, const char *text, bool first,
                   bool last) {
    inspector_chunk chunk;
    bool there = inspector_outbox_peek(outbox, limit, &chunk);
    assert(there && chunk.length == strlen(text) && memcmp(chunk.data, text, chunk.length) == 0);
    assert(chunk.first == first && chunk.last == last);
    /* The sender may write a frame's head before what it sends. */
    memset(chunk.data - 10, 0xff, 10);
    inspector_outbox_sent(outbox, &chunk);
}

static void test_order_and_chunks(void) {
    inspector_chunk chunk;
    inspector_outbox *outbox = inspector_outbox_new(1 << 20);
    assert(!inspector_outbox_peek(outbox, 100, &chunk));
    put(outbox, "hello world");
    put(outbox, "");
    put(outbox, "abc");
    expect(outbox, 5, "hello", true, false);
    expect(outbox, 5, " worl", false, false);
    expect(outbox, 5, "d", false, true);
    expect(outbox, 5, "", true, true);
    expect(outbox, 3, "abc", true, true);
    assert(!inspector_outbox_peek(outbox, 100, &chunk));
    put(outbox, "left behind");
    inspector_outbox_free(outbox);
    inspector_outbox_free(NULL);
}

typedef struct producer {
    inspector_outbox *outbox;
    size_t length;
    size_t count;
    atomic_size_t done;
    atomic_bool refused;
    atomic_bool cancelled;
} producer;

static void *produce(void *data) {
    producer *mine = data;
    char *text = malloc(mine->length);
    memset(text, 'x', mine->length);
    for (size_t i = 0; i < mine->count && !mine->refused; i++) {
        inspector_part part = {text, mine->length};
        if (inspector_outbox_put(mine->outbox, &part, 1, &mine->cancelled))
            mine->done++;
        else
            mine->refused = true;
    }
    free(text);
    return NULL;
}

static void pause_a_little(void) { nanosleep(&(struct timespec){.tv_nsec = 50 * 1000000}, NULL); }

static void test_a_full_outbox_waits(void) {
    producer producer = {.outbox = inspector_outbox_new(10000), .length = 1000, .count = 1000};
    pthread_t thread;
    pthread_create(&thread, NULL, produce, &producer);
    pause_a_little();
    assert(producer.done > 5 && producer.done < 10);

    size_t taken = 0;
    while (taken < 500 * 1000) {
        inspector_chunk chunk;
        if (!inspector_outbox_peek(producer.outbox, 300, &chunk)) continue;
        taken += chunk.length;
        inspector_outbox_sent(producer.outbox, &chunk);
    }
    pause_a_little();
    assert(producer.done > 500 && producer.done < 512 && !producer.refused);

    /* Sealing lets the producer go, and keeps what is there. */
    inspector_outbox_seal(producer.outbox);
    pthread_join(thread, NULL);
    assert(producer.refused && producer.done < 512);
    inspector_chunk chunk;
    assert(inspector_outbox_peek(producer.outbox, 300, &chunk));
    inspector_outbox_free(producer.outbox);
}

static void test_a_large_message_goes_alone(void) {
    producer producer = {.outbox = inspector_outbox_new(10), .length = 5000, .count = 2};
    pthread_t thread;
    pthread_create(&thread, NULL, produce, &producer);
    pause_a_little();
    assert(producer.done == 1);
    inspector_chunk chunk;
    bool there = inspector_outbox_peek(producer.outbox, 1 << 20, &chunk);
    assert(there && chunk.length == 5000 && chunk.last);
    inspector_outbox_sent(producer.outbox, &chunk);
    pthread_join(thread, NULL);
    assert(producer.done == 2);
    inspector_outbox_free(producer.outbox);
}

int main(void) {
    test_order_and_chunks();
    test_a_full_outbox_waits();
    test_a_large_message_goes_alone();
    return 0;
}
