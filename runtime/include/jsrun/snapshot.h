/* Snapshots: the heap of a runtime, to start others from. */
#ifndef JSRUN_SNAPSHOT_H
#define JSRUN_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whether a runtime can start from `snapshot`: it is complete, undamaged, and made by this build of the library with
 * the V8 that it runs with now. If not, `message` is told why not: English, at most `message_size` - 1 bytes. Does not
 * protect from a forged one: who can make a snapshot can run machine code. Any thread, no lock. */
bool jsrun_snapshot_check(const void *snapshot, size_t size, char *message, size_t message_size);

#ifdef __cplusplus
}
#endif

#endif
