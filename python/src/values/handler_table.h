/* The table of the handlers of a runtime. JavaScript knows each by its number in the table, which
 * is part of a function's own data: no script can read or change it. */
#ifndef JSRUN_PYTHON_HANDLER_TABLE_H
#define JSRUN_PYTHON_HANDLER_TABLE_H

#include "base/runtime_object.h"

/* Whether it can be called. False with an exception set. */
bool handler_check(PyObject *handler);
/* Whether it is an async function, or an object that acts as one when it is called. Also false with
 * an exception set. */
bool handler_is_async(PyObject *handler);

/* What tables keep of a handler: the handler itself or, if it is async, a tuple with it. A new
 * reference, or NULL with an exception set. */
PyObject *handler_keep(PyObject *handler);
static inline bool handler_is_kept_async(PyObject *kept) { return PyTuple_CheckExact(kept); }

/* A JavaScript function that calls `handler`, which the runtime keeps. `name` is a JavaScript
 * string. Within a job. NULL with an exception set. */
jsrun_value handler_function(runtime_object *runtime, jsrun_entry *entry, PyObject *handler,
                             jsrun_value name);

/* JavaScript has dropped the function of this number: so does the table. May run code of the
 * program. */
void handler_drop(runtime_object *runtime, uint32_t number);

#endif
