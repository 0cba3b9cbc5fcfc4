/* The boundary, downwards: V8 as a whole, and the startup snapshot. See engine.h. */
#ifndef RUNTIME_V8_ENGINE_PROCESS_H
#define RUNTIME_V8_ENGINE_PROCESS_H

#include <stdint.h>

#include "v8/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Once for the process, before any other function. */
void engine_process_start(void);
/* Whether the address space has room for an isolate, and for V8 itself if that has not been
 * started. V8 ends the process where it has not. One system call; three where there is a limit. Any
 * thread. */
bool engine_has_addresses(bool process_started);
/* The same for a process that only makes the startup snapshot: that can hold no machine code. */
void engine_process_start_for_snapshot(void);
const char *engine_version(void);
/* The flags that V8 is started with, separated by spaces. */
const char *engine_flags(void);
/* The address of one of V8's functions. */
uintptr_t engine_address(void);

/* The snapshot of an isolate with nothing but the built-ins. The caller owns it. After
 * engine_process_start(). */
engine_blob engine_startup_snapshot(void);
void engine_blob_free(engine_blob blob);

/* With the isolate of an engine for a snapshot, as the last before the end: whether something is
 * alive, or was done to the built-in objects, that V8 would end the process over. Then `text` says
 * what (UTF-8, at most `size` - 1 bytes), and nothing has changed. Otherwise no JavaScript is to
 * run any more. */
bool engine_snapshot_obstacle(jsrun_entry *entry, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
