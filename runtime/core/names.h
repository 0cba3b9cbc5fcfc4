/* Numbers for names of properties that were met before. A host that knows a name's number need not
 * make the string again. */
#ifndef RUNTIME_NAMES_H
#define RUNTIME_NAMES_H

#include <stdint.h>

#include "jsrun/value.h"

typedef struct name_slot {
    void *global; /* NULL: free */
    int hash;
} name_slot;

/* Only the isolate's holder uses it. */
typedef struct name_table {
    name_slot *slots; /* JSRUN_NAMES + 1 of them, made on first use; 0 stays free */
    uint32_t missed;  /* names that found no room since the table was last emptied */
} name_table;

/* With the isolate. */
void names_clear(name_table *table);

#endif
