/* The boundary, downwards: what the C code asks of V8. Thin: no decision is taken behind it. This
 * header has the life of an isolate and the ways into it; the headers engine_….h have the rest.
 *
 * "With the isolate": on the thread that has entered it. A function without that remark may be
 * called by any thread while the engine exists. Nothing here touches the host lock. */
#ifndef RUNTIME_V8_ENGINE_H
#define RUNTIME_V8_ENGINE_H

#include "jsrun/statistics.h"
#include "jsrun/value.h"
#include "v8/entry.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct engine engine;
typedef struct engine_module engine_module;
typedef struct engine_session engine_session;

typedef enum engine_outcome {
    ENGINE_OK,
    ENGINE_THREW,      /* entry->thrown and entry->thrown_message are set */
    ENGINE_TERMINATED, /* by engine_terminate() */
    ENGINE_REFUSED,    /* V8 gave nothing back and threw nothing */
} engine_outcome;

/* A snapshot as V8 has it: the heap of an isolate and its contexts. */
typedef struct engine_blob {
    const char *data;
    size_t size;
} engine_blob;

/* --- life ------------------------------------------------------------------------------------ */

/* An isolate with its default context; the caller owns it. NULL: out of memory. The isolate is
 * entered by nobody. `context_name` is UTF-8. *heap: its size at birth. */
engine *engine_new(jsrun_runtime *runtime, const jsrun_runtime_options *options,
                   const char *context_name, jsrun_heap *heap);
/* No JavaScript runs any more: what follows may take the memory that it needs. */
void engine_prepare_to_close(engine *engine);
/* The end of its context. Nobody is inside, and all engine sessions and globals are gone. `shared`:
 * other threads have used the isolate. With the isolate lock.
 * `blob`: for an engine for a snapshot, the snapshot, for the caller to own (data NULL: out of
 * memory); NULL: no snapshot. */
void engine_close(engine *engine, bool shared, engine_blob *blob);
/* After engine_close(). No thread stays in the isolate, and none uses the engine any more. If it is
 * dead: on the thread that it died on. */
void engine_free(engine *engine);
/* For an isolate that is closed but cannot be freed yet: gives back what memory it can. With the
 * isolate lock. */
void engine_shrink(engine *engine, bool shared);

/* With the isolate. */
void engine_heap(engine *engine, jsrun_heap *heap);
/* V8 ran out of memory in this isolate: every function of the boundary does nothing, or fails, from
 * then on. */
bool engine_is_dead(const engine *engine);

/* --- entries --------------------------------------------------------------------------------- */

/* Fills in entry->isolate, ->context and the storage, as entry->way says. With the isolate lock. */
void engine_enter(jsrun_entry *entry);
void engine_leave(jsrun_entry *entry);

/* The calling thread, which is in no isolate, stays in this one between the entries that it is
 * going to open. With the isolate lock, which is confined to it. */
void engine_move_in(engine *engine);
/* Undoes that, on the same thread, before it moves in elsewhere; no entry of the engine is open.
 * With the isolate lock. `shared`: other threads have used the isolate meanwhile. */
void engine_move_out(engine *engine, bool shared);
/* The calling thread has kept its `locker` long enough. Between its entries, with the isolate lock.
 * NULL: the isolate has died, and the locker is only forgotten. */
void engine_drop_locker(engine *engine, engine_locker *locker);

#ifdef __cplusplus
}
#endif

#endif
