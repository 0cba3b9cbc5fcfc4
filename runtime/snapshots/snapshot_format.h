/* The format of snapshots: a header, then the blob. V8 ends the process when it meets a blob that
 * it cannot use, so everything is checked before V8 sees it. */
#ifndef RUNTIME_SNAPSHOTS_SNAPSHOT_FORMAT_H
#define RUNTIME_SNAPSHOTS_SNAPSHOT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "jsrun/snapshot.h"
#include "v8/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* *snapshot: `blob` with a header in front, from malloc(), for the caller to free. Frees blob.data.
 * False: out of memory. */
bool snapshot_finish(engine_blob blob, void **snapshot, size_t *size);

#ifdef __cplusplus
}
#endif

#endif
