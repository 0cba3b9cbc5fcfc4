/* What is around a snapshot of V8's. V8 ends the process over a snapshot that it does not like, so everything
 * is checked before V8 sees it. */
#ifndef RUNTIME_SNAPSHOT_H
#define RUNTIME_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>

#include "jsrun/snapshot.h"
#include "v8/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `blob` with a header in front, malloc()ed, for the caller to free; takes over and frees blob.data. False: out of memory. */
bool snapshot_finish(engine_blob blob, void **snapshot, size_t *size);

/* V8's part of a snapshot that jsrun_snapshot_check() has accepted; inside of it. */
engine_blob snapshot_blob(const void *snapshot, size_t size);

/* The snapshot that was made when the library was built. Empty (data NULL) if it is not for the V8 that this process runs
 * with: that is a library of its own, and may have been updated since. */
engine_blob snapshot_startup(void);

#ifdef __cplusplus
}
#endif

#endif
