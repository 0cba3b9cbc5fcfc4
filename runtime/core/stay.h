/* What a thread leaves in isolates between its entries. */
#ifndef RUNTIME_CORE_STAY_H
#define RUNTIME_CORE_STAY_H

#include <stdbool.h>

#include "v8/engine.h"

/* The threads that have left something in the isolate: see stay.c. Under `lock`. They are also
 * written with the isolate, except by a thread that only forgets its locker. So a guest may read
 * them with the isolate alone. */
typedef struct runtime_guests {
    bool has_resident;     /* a thread stays in the isolate */
    bool left;             /* the resident of closed_engine has left */
    unsigned keepers;      /* how many threads keep a v8::Locker of it */
    engine *closed_engine; /* the last guest that leaves frees it */
    const void *closer;    /* the thread that the isolate died on: it must dispose of it */
} runtime_guests;

/* Before an entry enters its isolate: sets entry->way and entry->locker. With the isolate lock. */
void stay_enter(jsrun_entry *entry);
/* After it has left. */
void stay_leave(const jsrun_entry *entry);

/* Closes runtime->engine, and frees it unless guests are left. With the isolate lock, without an
 * entry. */
void runtime_dispose_engine(jsrun_runtime *runtime);
/* The last act of the runtime thread: if the isolate died on it, waits until the resident has left,
 * and frees the engine. */
void runtime_free_dead_engine(jsrun_runtime *runtime);

#endif
