/* Python callables that JavaScript calls. JavaScript knows each by its number in the runtime's table. */
#ifndef JSRUN_PYTHON_HANDLERS_H
#define JSRUN_PYTHON_HANDLERS_H

#include "runtime.h"

/* For jsrun_host: JavaScript calls a handler. `data` is the runtime_object. */
void *handlers_prepare(void *data, jsrun_entry *entry, jsrun_call_info *info);
void handlers_perform(void *data, void *prepared);
void handlers_finish(void *data, jsrun_entry *entry, void *prepared, jsrun_call_info *info);

PyObject *handlers_bind_function(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                                 PyObject *names);
extern const char handlers_bind_function_doc[];

#endif
