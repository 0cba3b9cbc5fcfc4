#include "base/number_map.h"

#include <stdlib.h>

/* Open addressing. Numbers are given out in sequence, so they serve as their own hash. */
static size_t home(const number_map *map, uint32_t number) { return number & (map->capacity - 1); }

static number_slot *find(const number_map *map, uint32_t number) {
    if (!map->capacity || !number) return NULL;
    for (size_t i = home(map, number); map->slots[i].number; i = (i + 1) & (map->capacity - 1))
        if (map->slots[i].number == number) return &map->slots[i];
    return NULL;
}

static void place(number_map *map, uint32_t number, void *value) {
    size_t i = home(map, number);
    while (map->slots[i].number) i = (i + 1) & (map->capacity - 1);
    map->slots[i] = (number_slot){number, value};
}

static bool grow(number_map *map) {
    number_map larger = *map;
    larger.capacity = map->capacity ? map->capacity * 2 : 16;
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (!larger.slots) return false;
    for (size_t i = 0; i < map->capacity; i++)
        if (map->slots[i].number) place(&larger, map->slots[i].number, map->slots[i].value);
    free(map->slots);
    *map = larger;
    return true;
}

static bool make_room(number_map *map) {
    return (map->count + 1) * 2 <= map->capacity || grow(map);
}

bool number_map_put(number_map *map, uint32_t number, void *value) {
    if (!make_room(map)) return false;
    place(map, number, value);
    map->count++;
    return true;
}

uint32_t number_map_add(number_map *map, void *value) {
    if (!make_room(map)) return 0;
    do {
        map->last_number = map->last_number == INT32_MAX ? 1 : map->last_number + 1;
    } while (find(map, map->last_number));
    place(map, map->last_number, value);
    map->count++;
    return map->last_number;
}

void *number_map_get(const number_map *map, uint32_t number) {
    number_slot *slot = find(map, number);
    return slot ? slot->value : NULL;
}

void *number_map_remove(number_map *map, uint32_t number) {
    number_slot *slot = find(map, number);
    if (!slot) return NULL;
    void *value = slot->value;
    size_t mask = map->capacity - 1;
    size_t hole = (size_t)(slot - map->slots);
    /* The numbers between the hole and the next empty slot must still be found. So a number whose
     * home is not behind the hole moves into it. */
    for (size_t i = (hole + 1) & mask; map->slots[i].number; i = (i + 1) & mask) {
        size_t distance = (i - home(map, map->slots[i].number)) & mask;
        if (distance < ((i - hole) & mask)) continue;
        map->slots[hole] = map->slots[i];
        hole = i;
    }
    map->slots[hole] = (number_slot){0, NULL};
    map->count--;
    return value;
}

void number_map_clear(number_map *map) {
    free(map->slots);
    *map = (number_map){.last_number = map->last_number};
}
