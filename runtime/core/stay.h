/* What a thread leaves in isolates between its entries. */
#ifndef RUNTIME_CORE_STAY_H
#define RUNTIME_CORE_STAY_H

#include <stdbool.h>

#include "v8/engine.h"

/* Threads that have something in the isolate between their entries: see stay.c. It is written with the isolate too, except
 * by a thread that only forgets its locker: a thread that is a guest itself may read it with the isolate alone. */
typedef struct runtime_guests {
    bool has_resident;     /* a thread stays in the isolate */
    bool left;             /* the resident of closed_engine has left */
    unsigned keepers;      /* this many threads keep a v8::Locker of it */
    engine *closed_engine; /* to be freed by the last guest that leaves */
    const void *closer;    /* the thread that the isolate has died on: it has to dispose of it */
} runtime_guests;

/* On the way into an isolate: how the entry gets in (entry->way, entry->locker). With the isolate lock. */
void stay_enter(jsrun_entry *entry);
/* On the way out. */
void stay_leave(const jsrun_entry *entry);

/* The end of runtime->engine. With the isolate lock and without an entry. */
void runtime_dispose_engine(jsrun_runtime *runtime);
/* The last act of the runtime thread: frees what is left of an isolate that has died on it, when the thread that stays there
 * has moved out. Does nothing if there is none. */
void runtime_free_dead_engine(jsrun_runtime *runtime);

#endif
