#include "core/names.h"

#include <stdlib.h>

#include "core/runtime_state.h"
#include "v8/engine_values.h"

/* Longer names are rarely met again, and would keep much memory. */
#define LONGEST_NAME 64

/* After this many names that found no room, the table is emptied: the program now uses other names
 * than those that it holds. */
#define MOST_MISSED 20000

/* How many slots a name may be in. */
enum { PROBES = 4 };

static name_slot *slot_of(name_table *table, int hash, unsigned probe) {
    return &table->slots[1 + ((unsigned)hash + probe) % JSRUN_NAMES];
}

static uint32_t find(name_table *table, jsrun_value name, int hash, name_slot **room) {
    for (unsigned probe = 0; probe < PROBES; probe++) {
        name_slot *slot = slot_of(table, hash, probe);
        if (!slot->global) {
            *room = slot;
            return 0;
        }
        if (slot->hash == hash && engine_global_is(slot->global, name))
            return (uint32_t)(slot - table->slots);
    }
    return 0;
}

uint32_t jsrun_name_number(jsrun_entry *entry, jsrun_value name) {
    name_table *table = &entry->runtime->holder.names;
    name_slot *room = NULL;
    if (!table->slots && !(table->slots = calloc(JSRUN_NAMES + 1, sizeof *table->slots))) return 0;
    int hash = engine_name_hash(name);
    uint32_t number = find(table, name, hash, &room);
    if (number) return number;
    if (!room || jsrun_string_length(name) > LONGEST_NAME) {
        table->missed++;
        return 0;
    }
    room->global = engine_global_new(entry, name);
    if (!room->global) return 0;
    room->hash = hash;
    return (uint32_t)(room - table->slots);
}

jsrun_value jsrun_name(jsrun_entry *entry, uint32_t number) {
    return engine_global_get(entry, entry->runtime->holder.names.slots[number].global);
}

void names_clear(name_table *table) {
    for (uint32_t i = 0; table->slots && i <= JSRUN_NAMES; i++)
        if (table->slots[i].global) engine_global_free(table->slots[i].global);
    free(table->slots);
    *table = (name_table){0};
}

bool jsrun_names_renew(jsrun_entry *entry) {
    if (entry->runtime->holder.names.missed < MOST_MISSED || entry->outer) return false;
    names_clear(&entry->runtime->holder.names);
    return true;
}
