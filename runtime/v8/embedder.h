/* The V8 boundary, upwards: what V8 asks of the C code. All but runtime_tasks_posted() are called by the
 * thread that has the isolate, without any lock of the library held. */
#ifndef RUNTIME_V8_EMBEDDER_H
#define RUNTIME_V8_EMBEDDER_H

#include "jsrun/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

struct jsrun_session;

/* engine_request_interrupt() has come through. */
void runtime_interrupt(jsrun_runtime *runtime);

/* JavaScript calls a host function. */
void runtime_host_call(jsrun_runtime *runtime, jsrun_call_info *info);

/* JavaScript has reached the limit of its memory: nothing more is to run. */
void runtime_out_of_memory(jsrun_runtime *runtime);

/* JavaScript is stopped in the debugger: returns when it is to go on. */
void runtime_pause(jsrun_runtime *runtime);
/* The innermost runtime_pause() is to return. */
void runtime_end_pause(jsrun_runtime *runtime);

/* A debugger sent Runtime.runIfWaitingForDebugger. */
void runtime_debugger_ready(jsrun_runtime *runtime);

/* A response or event for the client of `session`: UTF-8 JSON. */
void runtime_session_message(struct jsrun_session *session, const char *text, size_t length);

/* V8 has a task for the isolate's thread. Any thread, possibly with locks of V8's. */
void runtime_tasks_posted(jsrun_runtime *runtime);

#ifdef __cplusplus
}
#endif

#endif
