/* The type JsFunction: a JavaScript function that Python holds. */
#ifndef JSRUN_PYTHON_FUNCTION_H
#define JSRUN_PYTHON_FUNCTION_H

#include "base/path.h"
#include "types/runtime.h"

PyTypeObject *function_type_new(PyObject *module);

/* A JsFunction; `receiver` is what `this` will be, or NULL. NULL with an exception set. */
PyObject *function_new(runtime_object *runtime, jsrun_entry *entry, jsrun_value function,
                       jsrun_value receiver);

/* The function that `object`, a JsFunction, stands for. NULL with an exception set. */
jsrun_value function_to_js(runtime_object *runtime, jsrun_entry *entry, PyObject *object,
                           const path_step *outer);

#endif
