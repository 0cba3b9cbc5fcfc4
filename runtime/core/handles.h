/* Handles: the JavaScript values that the host keeps, by slot and generation instead of
 * pointers. */
#ifndef RUNTIME_HANDLES_H
#define RUNTIME_HANDLES_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "jsrun/value.h"

/* Chunk k has HANDLE_CHUNK << k slots. Slots never move, so a reader needs no lock. */
#define HANDLE_CHUNK 64u
#define HANDLE_CHUNKS 26

typedef struct handle_slot {
    void *global;           /* NULL: free. Only the isolate's holder uses it. */
    atomic_uint generation; /* odd: in use; even: free or dropped */
    uint32_t next;          /* slot + 1 of the next free or dropped one; 0: none */
} handle_slot;

typedef struct handle_table {
    pthread_mutex_t lock; /* protects the lists and the growth */
    handle_slot *chunks[HANDLE_CHUNKS];
    uint32_t slot_count;
    uint32_t free_list;       /* slot + 1 */
    atomic_uint dropped_list; /* slot + 1: the next entry frees these */
} handle_table;

bool handle_table_init(handle_table *table);
/* Frees the globals of dropped handles. With the isolate. */
void handle_table_drain(handle_table *table);
/* Frees every global. Later drops do nothing, and every handle is stale. With the isolate. */
void handle_table_clear(handle_table *table);
void handle_table_destroy(handle_table *table);

#endif
