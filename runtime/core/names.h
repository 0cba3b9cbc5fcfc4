/* Names of properties that were met before, by number: a host that knows a name's number need not make the string
 * again. */
#ifndef RUNTIME_NAMES_H
#define RUNTIME_NAMES_H

#include <stdint.h>

#include "jsrun/value.h"

typedef struct name_slot {
    void *global; /* NULL: free */
    int hash;
} name_slot;

/* The isolate's holder's. */
typedef struct name_table {
    name_slot *slots; /* JSRUN_NAMES + 1 of them, made when first needed; 0 stays free */
    uint32_t missed;  /* names that there was no room for, since it was last emptied */
} name_table;

/* With the isolate. */
void names_clear(name_table *table);

#endif
