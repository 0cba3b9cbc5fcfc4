/* The snapshot that runtimes start from unless they are given another one. */
#ifndef RUNTIME_STARTUP_STARTUP_SNAPSHOT_H
#define RUNTIME_STARTUP_STARTUP_SNAPSHOT_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As snapshot_format.h describes it; aligned to 16. In the program that makes the snapshot it is
 * empty. */
extern const char startup_snapshot[];
extern const char startup_snapshot_end[];

#ifdef __cplusplus
}
#endif

#endif
