/* Requests of debuggers that Python answers: those for files, such as source maps. */
#ifndef JSRUN_PYTHON_FILE_REQUESTS_H
#define JSRUN_PYTHON_FILE_REQUESTS_H

#include "base/runtime_object.h"

#include "jsrun/session.h"

/* For jsrun_host. `data` is the runtime_object. */
bool requests_take(void *data, jsrun_session *session, const char *text, size_t length);
void requests_end(void *data, jsrun_session *session);

#endif
