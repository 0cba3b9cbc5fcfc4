/* Asynchronous calls by the numbers that follow their JavaScript. Under the GIL; refers to the calls, and owns none. */
#ifndef JSRUN_PYTHON_FLOW_TABLE_H
#define JSRUN_PYTHON_FLOW_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* Part of a call. */
typedef struct flow {
    struct flow *next;
    uint32_t number; /* 0: it is in no table */
} flow;

/* Zeroed: empty. Numbers go up, so they spread evenly. */
typedef struct flow_table {
    flow **lists;
    size_t capacity; /* a power of two */
    size_t count;
} flow_table;

/* -1: no memory, without an exception. */
int flow_table_add(flow_table *table, flow *flow, uint32_t number);
/* Does nothing if it is not in the table. */
void flow_table_remove(flow_table *table, flow *flow);
/* NULL: there is none. */
flow *flow_table_find(const flow_table *table, uint32_t number);
void flow_table_free(flow_table *table);

#endif
