/* A map from numbers, never 0, to pointers. Not locked. */
#ifndef RUNTIME_NUMBER_MAP_H
#define RUNTIME_NUMBER_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct number_slot {
    uint32_t number; /* 0: empty */
    void *value;
} number_slot;

/* Zeroed is empty. */
typedef struct number_map {
    number_slot *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
    uint32_t last_number;
} number_map;

/* Gives `value` a number that is not in use. After 2^31 - 1 numbers start again at 1. 0: out of
 * memory. */
uint32_t number_map_add(number_map *map, void *value);
/* Puts it in under a number of the caller's, not 0, that is not in use. False: out of memory. */
bool number_map_put(number_map *map, uint32_t number, void *value);
/* NULL: there is none. */
void *number_map_get(const number_map *map, uint32_t number);
void *number_map_remove(number_map *map, uint32_t number);
/* Frees the memory; the map is empty then. */
void number_map_clear(number_map *map);

#endif
