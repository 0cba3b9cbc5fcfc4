/* What is around a snapshot of V8's. V8 ends the process over a snapshot that it does not like, so everything
 * is checked before V8 sees it. */
#ifndef RUNTIME_SNAPSHOTS_SNAPSHOT_FORMAT_H
#define RUNTIME_SNAPSHOTS_SNAPSHOT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "jsrun/snapshot.h"
#include "v8/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `blob` with a header in front, malloc()ed, for the caller to free; takes over and frees blob.data. False: out of memory. */
bool snapshot_finish(engine_blob blob, void **snapshot, size_t *size);

#ifdef __cplusplus
}
#endif

#endif
