#include "values/buffer_value.h"

#include "base/handle.h"

void buffer_raise(runtime_object *runtime, jsrun_view_status status, const path_step *outer) {
    if (status == JSRUN_VIEW_RESIZABLE) {
        path_raise(runtime->state->errors[ERROR_CONVERSION],
                   PyUnicode_FromString("a resizable ArrayBuffer may give its memory back, so it "
                                        "cannot be a JsBuffer: slice() makes a copy that can"),
                   outer);
    } else {
        PyErr_SetString(PyExc_MemoryError,
                        "no memory for a JsBuffer: RuntimeConfig(max_buffer_bytes=...) sets the "
                        "limit");
    }
}

PyObject *buffer_from_js(runtime_object *runtime, jsrun_entry *entry, jsrun_value bytes,
                         const path_step *outer) {
    PyTypeObject *type = runtime->state->buffer_type;
    jsrun_view view;
    jsrun_view_status status = jsrun_view_open(entry, bytes, &view);
    if (status != JSRUN_VIEW_OK) {
        buffer_raise(runtime, status, outer);
        return NULL;
    }
    buffer_object *self = (buffer_object *)type->tp_alloc(type, 0);
    if (!self) {
        jsrun_view_close(&view);
        return NULL;
    }
    self->view = view;
    self->runtime = (runtime_object *)Py_NewRef((PyObject *)runtime);
    self->value = jsrun_handle_new(entry, bytes);
    if (handle_is_set(self->value)) return (PyObject *)self;
    Py_DECREF(self);
    return PyErr_NoMemory();
}

jsrun_value buffer_to_js(runtime_object *runtime, jsrun_entry *entry, PyObject *object) {
    buffer_object *self = (buffer_object *)object;
    return self->runtime == runtime ? jsrun_handle_get(entry, self->value) : NULL;
}
