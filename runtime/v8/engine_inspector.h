/* The boundary, downwards: V8's inspector. With the isolate. See engine.h. */
#ifndef RUNTIME_V8_ENGINE_INSPECTOR_H
#define RUNTIME_V8_ENGINE_INSPECTOR_H

#include <stdint.h>

#include "v8/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

struct jsrun_session;

/* Has the inspector made, if it is not there. `context_name`: UTF-8. */
void engine_inspect(engine *engine, const char *context_name);
/* A V8 inspector session whose messages go to runtime_session_message(`session`). The caller owns
 * it. `context_name` is for the inspector, if this is the first session that needs it. */
engine_session *engine_session_new(engine *engine, struct jsrun_session *session,
                                   const char *context_name);
void engine_session_free(engine_session *session);
void engine_session_dispatch(engine_session *session, const uint16_t *message, size_t length);
/* JavaScript that is on the stack pauses here, if the session debugs. `reason` is for debuggers,
 * and so is `details`, JSON. */
void engine_session_break(engine_session *session, const char *reason, const char *details);
/* The next function that is called pauses, likewise. */
void engine_session_pause_on_next(engine_session *session, const char *reason);

/* Tells debuggers of the rejection of a promise that has no handler. */
void engine_tell_rejection(jsrun_entry *entry, jsrun_value reason);

/* For the stack traces that debuggers show across tasks; `task` stands for the task. They do
 * nothing while there is no inspector. */
void engine_async_scheduled(engine *engine, const char *name, void *task, bool recurring);
void engine_async_started(engine *engine, void *task);
void engine_async_finished(engine *engine, void *task);
void engine_async_canceled(engine *engine, void *task);

#ifdef __cplusplus
}
#endif

#endif
