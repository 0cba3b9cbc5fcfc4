/* Bindings: global names in JavaScript that Python sets, for functions and objects. */
#ifndef JSRUN_PYTHON_BINDINGS_H
#define JSRUN_PYTHON_BINDINGS_H

#include "base/runtime_object.h"

PyObject *bindings_bind_function(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                                 PyObject *names);
extern const char bindings_bind_function_doc[];

PyObject *bindings_bind_object(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                               PyObject *names);
extern const char bindings_bind_object_doc[];

PyObject *bindings_bind(PyObject *self, PyObject *args, PyObject *kwargs);
extern const char bindings_bind_doc[];

/* Whether `name` can be the name of a global. False with an exception set. */
bool bindings_check_name(PyObject *name);

/* Binds a function that calls ops to the global `name`. `follow`: see jsrun_flow_follow(). False
 * with an exception set. */
bool bindings_bind_op_caller(runtime_object *runtime, const char *name, uint32_t number,
                             bool follow);

#endif
