/* Pauses that the host or a client asks for. All functions: with the isolate, without the host
 * lock. */
#ifndef RUNTIME_DEBUG_PAUSE_ON_REQUEST_H
#define RUNTIME_DEBUG_PAUSE_ON_REQUEST_H

#include "core/session_state.h"

/* V8 was sent Debugger.pause by this session's client. */
void runtime_note_pause_request(jsrun_session *session);
/* Pauses JavaScript if jsrun_runtime_request_pause() was called. */
void runtime_pause_on_request(jsrun_runtime *runtime);
/* JavaScript is about to go on after a host function: serves the requests that had to wait for
 * that. */
void runtime_catch_up_after_host_call(jsrun_entry *entry);
/* In an interrupt: pauses JavaScript that was running already when break_on_start was asked for. */
void runtime_break_now(jsrun_runtime *runtime);
/* Pauses the JavaScript on the stack, if a client debugs. `reason` and `details` (JSON) are shown
 * to debuggers. */
void runtime_break_here(jsrun_runtime *runtime, const char *reason, const char *details);

#endif
