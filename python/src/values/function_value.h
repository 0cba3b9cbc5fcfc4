/* A JsFunction as a value: made for a JavaScript function, and turned back into it. */
#ifndef JSRUN_PYTHON_FUNCTION_VALUE_H
#define JSRUN_PYTHON_FUNCTION_VALUE_H

#include "base/handle.h"
#include "base/path.h"
#include "base/runtime_object.h"

#include "jsrun/compiler.h"

typedef struct function_object {
    PyObject_HEAD vectorcallfunc vectorcall;
    PyObject *weak_references;
    runtime_object *runtime; /* strong; NULL once collected as garbage */
    jsrun_handle function;   /* {0, 0}: closed */
    jsrun_handle receiver;   /* {0, 0}: undefined */
    PyObject *name;          /* str or NULL */
} function_object;

static inline bool function_is_open(const function_object *self) {
    return self->runtime && handle_is_set(self->function);
}

/* Raises what calls of a closed function fail with. */
JSRUN_COLD void function_raise_closed(const function_object *self);

/* A JsFunction; `receiver` is what `this` will be, or NULL. NULL with an exception set. */
PyObject *function_new(runtime_object *runtime, jsrun_entry *entry, jsrun_value function,
                       jsrun_value receiver);

/* The function that `object`, a JsFunction, stands for. NULL with an exception set. */
jsrun_value function_to_js(runtime_object *runtime, jsrun_entry *entry, PyObject *object,
                           const path_step *outer);

#endif
