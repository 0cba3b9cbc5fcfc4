/* Ops: handlers that JavaScript calls by number, with __host_op_sync__(id, …) and
 * __host_op_async__(id, …). The id is random, so that a script can call only ops whose ids it was
 * given. */
#ifndef JSRUN_PYTHON_OPS_H
#define JSRUN_PYTHON_OPS_H

#include "base/runtime_object.h"

/* The handler that the first argument names, as handler_keep() returns it: a new reference, or NULL
 * with an exception set. */
PyObject *ops_find(runtime_object *runtime, jsrun_entry *entry, const jsrun_call_info *info);

PyObject *ops_register(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                       PyObject *names);
extern const char ops_register_doc[];

PyObject *ops_revoke(PyObject *self, PyObject *id);
extern const char ops_revoke_doc[];

#endif
