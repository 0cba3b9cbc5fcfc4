/* The boundary, downwards: running JavaScript, and stopping it. See engine.h. */
#ifndef RUNTIME_V8_ENGINE_RUN_H
#define RUNTIME_V8_ENGINE_RUN_H

#include "v8/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- running (with the isolate) -------------------------------------------------------------- */

/* `last` of both: no script is beneath, so that microtasks run too, if nothing was thrown. */
engine_outcome engine_evaluate(jsrun_entry *entry, jsrun_value source, jsrun_value name, bool last,
                               jsrun_value *result);
engine_outcome engine_call(jsrun_entry *entry, jsrun_value function, jsrun_value receiver,
                           const jsrun_value *arguments, size_t count, bool last,
                           jsrun_value *result);
/* ENGINE_OK or ENGINE_TERMINATED. */
engine_outcome engine_run_microtasks(jsrun_entry *entry);
/* Runs body(data), which may run JavaScript by functions that say "inside engine_protect()". It
 * returns true if all went well. */
engine_outcome engine_protect(jsrun_entry *entry, bool (*body)(void *data), void *data);

/* Fills in `exception` from entry->thrown and ->thrown_message; `frames` has room for `capacity`.
 * May run getters of scripts. What they throw is dropped. */
void engine_describe(jsrun_entry *entry, jsrun_exception *exception, jsrun_frame *frames,
                     size_t capacity);

/* --- stopping -------------------------------------------------------------------------------- */

void engine_terminate(engine *engine);
/* With the isolate. */
void engine_cancel_terminate(engine *engine);
/* With the isolate. When a termination has met JavaScript that an interrupt or a debugger ran, V8
 * keeps it as an exception that nothing expects. It becomes a request again, for the JavaScript
 * beneath. */
void engine_renew_termination(engine *engine);
/* In a host function, after engine_terminate(): nothing of the JavaScript that called it runs any
 * more. */
void engine_unwind(jsrun_entry *entry);
/* Has runtime_interrupt() called by the thread that runs JavaScript, now or when it next does. */
void engine_request_interrupt(engine *engine);
/* In a host function: V8 serves all interrupts that were requested, its own included, as it does
 * where a function of scripts is entered. The script that has called the host function may pause,
 * or be terminated. */
void engine_look_for_interrupts(jsrun_entry *entry);

/* --- foreground tasks ------------------------------------------------------------------------ */

/* With the isolate; runs the next one that is due. True if there was one. */
bool engine_run_task(engine *engine);
/* Seconds until the next task is due, at least 0; negative: there is none. */
double engine_next_task(engine *engine);
/* Work goes on in V8 that will post a task, such as the compilation of WebAssembly. */
bool engine_has_background_work(engine *engine);

#ifdef __cplusplus
}
#endif

#endif
