#include "values/function_value.h"

#include "base/unicode.h"

void function_raise_closed(const function_object *self) {
    module_state *state = PyType_GetModuleState(Py_TYPE((PyObject *)self));
    PyErr_SetString(state->errors[ERROR_FUNCTION_CLOSED], "Function has been closed");
}

PyObject *function_new(runtime_object *runtime, jsrun_entry *entry, jsrun_value function,
                       jsrun_value receiver) {
    PyTypeObject *type = runtime->state->function_type;
    function_object *self = (function_object *)type->tp_alloc(type, 0);
    if (!self) return NULL;
    self->vectorcall = runtime->state->call_function;
    self->runtime = (runtime_object *)Py_NewRef((PyObject *)runtime);
    self->function = jsrun_handle_new(entry, function);
    if (receiver) self->receiver = jsrun_handle_new(entry, receiver);
    if (handle_is_set(self->function)) runtime->stats.gauges[STATS_OPEN_RESOURCES]++;
    self->name = string_from_js(entry, jsrun_function_name(entry, function));
    if (!handle_is_set(self->function) || (receiver && !handle_is_set(self->receiver))) {
        PyErr_NoMemory();
        Py_CLEAR(self);
    } else if (!self->name) {
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

jsrun_value function_to_js(runtime_object *runtime, jsrun_entry *entry, PyObject *object,
                           const path_step *outer) {
    function_object *self = (function_object *)object;
    if (function_is_open(self) && self->runtime != runtime) {
        path_raise(runtime->state->errors[ERROR_CONVERSION],
                   PyUnicode_FromString("the JsFunction is of another runtime"), outer);
        return NULL;
    }
    jsrun_value function = function_is_open(self) ? jsrun_handle_get(entry, self->function) : NULL;
    if (!function) function_raise_closed(self);
    return function;
}
