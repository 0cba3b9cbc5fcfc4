/* Snapshots: the heap of a runtime, from which others start. */
#ifndef JSRUN_SNAPSHOT_H
#define JSRUN_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>

#include "jsrun/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whether a runtime can start from `snapshot`: it is complete, undamaged, and made by this build of
 * the library with the V8 that it runs with now. If not, `message` says why: English, at most
 * `message_size` - 1 bytes. It does not protect against a forged one: the author of a snapshot can
 * run machine code. Any thread, no lock. */
bool jsrun_snapshot_check(const void *snapshot, size_t size, char *message, size_t message_size);

/* Makes a snapshot of the default context of a runtime that was made for that, and closes the
 * runtime. *snapshot is malloc()ed, for the caller to free. If something prevents it, *snapshot is
 * NULL, `obstacle` says what (English, at most `obstacle_size` - 1 bytes), and the runtime is
 * unchanged. Not from inside a job. As for jsrun_run() in all else: host lock held, and the same
 * errors; JSRUN_NO_MEMORY. */
jsrun_status jsrun_runtime_snapshot(jsrun_runtime *runtime, void **snapshot, size_t *size,
                                    char *obstacle, size_t obstacle_size);

#ifdef __cplusplus
}
#endif

#endif
