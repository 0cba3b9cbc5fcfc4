/* Pauses that the host or a client asks for. All functions: with the isolate, without the host lock. */
#ifndef RUNTIME_DEBUG_PAUSE_ON_REQUEST_H
#define RUNTIME_DEBUG_PAUSE_ON_REQUEST_H

#include "core/session_state.h"

/* V8 has been sent Debugger.pause by this session's client. */
void runtime_note_pause_request(jsrun_session *session);
/* Pauses JavaScript if jsrun_runtime_request_pause() has asked for it. */
void runtime_pause_on_request(jsrun_runtime *runtime);
/* JavaScript is about to go on after a host function: does what was asked meanwhile, and only now can be done. */
void runtime_catch_up_after_host_call(jsrun_entry *entry);
/* break_on_start, for JavaScript that has run before it was asked for: pauses it. In an interrupt. */
void runtime_break_now(jsrun_runtime *runtime);
/* Pauses JavaScript that is on the stack, if a client debugs. `reason` and `details` (JSON) are for debuggers. */
void runtime_break_here(jsrun_runtime *runtime, const char *reason, const char *details);

#endif
