/* A table of the asynchronous calls, by the number of their flow. Guarded by the GIL. It refers to
 * the calls and owns none of them. */
#ifndef JSRUN_PYTHON_FLOW_TABLE_H
#define JSRUN_PYTHON_FLOW_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* Part of a call. */
typedef struct flow {
    struct flow *next;
    uint32_t number; /* 0: in no table */
} flow;

/* Zeroed, it is empty. Numbers go up one by one, so they spread evenly over the lists. */
typedef struct flow_table {
    flow **lists;
    size_t capacity; /* a power of two */
    size_t count;
} flow_table;

/* -1: no memory. No exception is set. */
int flow_table_add(flow_table *table, flow *flow, uint32_t number);
/* Does nothing if `flow` is not in the table. */
void flow_table_remove(flow_table *table, flow *flow);
/* NULL: no flow has this number. */
flow *flow_table_find(const flow_table *table, uint32_t number);
void flow_table_free(flow_table *table);

#endif
