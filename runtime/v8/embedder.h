/* The boundary, upwards: what V8 asks of the C code. All but runtime_tasks_posted() are called by
 * the thread that has the isolate, without any lock of the library held. */
#ifndef RUNTIME_V8_EMBEDDER_H
#define RUNTIME_V8_EMBEDDER_H

#include "v8/engine_promises.h"

#ifdef __cplusplus
extern "C" {
#endif

struct jsrun_session;
struct engine_module;

/* The interrupt of engine_request_interrupt(). */
void runtime_interrupt(jsrun_runtime *runtime);

/* JavaScript calls a host function. */
void runtime_host_call(jsrun_runtime *runtime, jsrun_call_info *info);
/* JavaScript has dropped one. In the middle of a garbage collection. */
void runtime_function_dropped(jsrun_runtime *runtime, uint32_t number);

/* JavaScript calls a function that every context has: info->function is an engine_builtin. False:
 * V8 holds an exception. */
bool runtime_builtin_call(jsrun_runtime *runtime, jsrun_call_info *info);
/* What scripts call it. */
const char *runtime_builtin_name(int builtin);

/* A promise that engine_promise_watch() was called for is settled. In the middle of JavaScript. */
void runtime_promise_settled(jsrun_runtime *runtime, uint32_t number, bool rejected,
                             jsrun_value value);

typedef enum engine_read {
    ENGINE_READ_CHUNK,
    ENGINE_READ_END,
    ENGINE_READ_ERROR,
} engine_read;

/* The outcome of a read of a stream. In the middle of JavaScript. */
void runtime_stream_told(jsrun_runtime *runtime, uint32_t number, engine_read outcome,
                         jsrun_value value);

/* JavaScript that no job waits for threw `value`; `message` tells where. In the middle of
 * JavaScript, and so are the next two. */
void runtime_threw(jsrun_runtime *runtime, jsrun_value value, jsrun_value message);
/* A promise without a handler was rejected. */
void runtime_rejected(jsrun_runtime *runtime, jsrun_value promise, jsrun_value value);
/* Such a promise has a handler after all. */
void runtime_rejection_handled(jsrun_runtime *runtime, jsrun_value promise);

/* A promise that engine_promise_react() was called for is settled. In the middle of JavaScript. */
void runtime_react(jsrun_runtime *runtime, engine_reaction reaction, uint32_t number, bool rejected,
                   jsrun_value value);

/* import() was called: the promise, or NULL when JavaScript was stopped. `referrer` is the name of
 * the script or module, or undefined. */
jsrun_value runtime_import(jsrun_runtime *runtime, jsrun_value specifier, jsrun_value referrer,
                           bool json);
/* The module that a module's request number `index` was found to be. */
struct engine_module *runtime_module_request(jsrun_runtime *runtime, uint32_t module,
                                             uint32_t index);
/* A string, or NULL. */
jsrun_value runtime_module_url(jsrun_runtime *runtime, uint32_t module);

/* JavaScript has reached the limit of its memory: nothing more is to run, and the runtime is to
 * close. In the middle of a garbage collection; possibly more than once. */
void runtime_heap_limit(jsrun_runtime *runtime);
/* The isolate has died of it, on this thread, which alone can dispose of it. */
void runtime_died(jsrun_runtime *runtime);

/* JavaScript is stopped in the debugger: returns when it is to go on. */
void runtime_pause(jsrun_runtime *runtime);
/* The innermost runtime_pause() is to return. */
void runtime_end_pause(jsrun_runtime *runtime);

/* A debugger sent Runtime.runIfWaitingForDebugger. */
void runtime_debugger_ready(jsrun_runtime *runtime);

/* A response or event for the client of `session`: UTF-8 JSON. */
void runtime_session_message(struct jsrun_session *session, const char *text, size_t length);

/* The lowest address of the calling thread's stack that JavaScript may use. */
uintptr_t runtime_stack_end(void);

/* V8 has a task for the isolate's thread. Any thread, possibly with locks of V8 held. */
void runtime_tasks_posted(jsrun_runtime *runtime);

/* V8's part of a snapshot that jsrun_snapshot_check() has accepted: memory of that snapshot. */
engine_blob snapshot_blob(const void *snapshot, size_t size);

/* The snapshot that was made when the library was built. Empty (data NULL) if it is not for the V8
 * that this process runs with: V8 is a library of its own, and may have been updated since. */
engine_blob snapshot_startup(void);

#ifdef __cplusplus
}
#endif

#endif
