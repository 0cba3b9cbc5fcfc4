#include "base/flow_table.h"

#include <stdlib.h>

static flow **list_of(const flow_table *table, uint32_t number) {
    return &table->lists[number & (table->capacity - 1)];
}

static void link(flow_table *table, flow *flow) {
    struct flow **list = list_of(table, flow->number);
    flow->next = *list;
    *list = flow;
}

static int grow(flow_table *table) {
    flow_table grown = {.capacity = table->capacity ? table->capacity * 2 : 16};
    grown.lists = calloc(grown.capacity, sizeof *grown.lists);
    if (!grown.lists) return -1;
    for (size_t i = 0; i < table->capacity; i++) {
        for (flow *at = table->lists[i], *next; at; at = next) {
            next = at->next;
            link(&grown, at);
        }
    }
    grown.count = table->count;
    free(table->lists);
    *table = grown;
    return 0;
}

int flow_table_add(flow_table *table, flow *flow, uint32_t number) {
    if (table->count >= table->capacity && grow(table) < 0) return -1;
    flow->number = number;
    link(table, flow);
    table->count++;
    return 0;
}

void flow_table_remove(flow_table *table, flow *removed) {
    if (!removed->number) return;
    for (flow **at = list_of(table, removed->number); *at; at = &(*at)->next) {
        if (*at != removed) continue;
        *at = removed->next;
        table->count--;
        break;
    }
    removed->number = 0;
}

flow *flow_table_find(const flow_table *table, uint32_t number) {
    flow *at = table->capacity ? *list_of(table, number) : NULL;
    while (at && at->number != number) at = at->next;
    return at;
}

void flow_table_free(flow_table *table) {
    free(table->lists);
    *table = (flow_table){0};
}
