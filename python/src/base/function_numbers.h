/* The numbers of the host functions that every runtime has. Handlers that the program binds count
 * up from 0. */
#ifndef JSRUN_PYTHON_FUNCTION_NUMBERS_H
#define JSRUN_PYTHON_FUNCTION_NUMBERS_H

#include <stdint.h>

/* __host_op_sync__ and __host_op_async__, whose first argument names the handler: see
 * handlers/ops.h. */
#define HOST_SYNC_OP UINT32_MAX
#define HOST_ASYNC_OP (UINT32_MAX - 1)
/* What the console calls: runtime->console. */
#define HOST_CONSOLE (UINT32_MAX - 2)
/* What resolves and loads modules: methods of runtime->modules. */
#define HOST_RESOLVE (UINT32_MAX - 3)
#define HOST_LOAD (UINT32_MAX - 4)
/* What jsrun/stream.h needs, in its order: see handlers/stream_sources.h. */
#define HOST_STREAM_PULL (UINT32_MAX - 7)
#define HOST_STREAM_CANCEL (UINT32_MAX - 6)
#define HOST_STREAM_DROPPED (UINT32_MAX - 5)

#endif
