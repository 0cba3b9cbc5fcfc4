/* Calls of handlers by JavaScript. See values/handler_table.h for how it knows them. */
#ifndef JSRUN_PYTHON_HANDLERS_H
#define JSRUN_PYTHON_HANDLERS_H

#include "base/runtime_object.h"

/* For jsrun_host: JavaScript calls a handler. `data` is the runtime_object. */
void *handlers_prepare(void *data, jsrun_entry *entry, jsrun_call_info *info);
void handlers_perform(void *data, void *prepared);
void handlers_finish(void *data, jsrun_entry *entry, void *prepared, jsrun_call_info *info);

#endif
