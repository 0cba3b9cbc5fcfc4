#include "types/buffer.h"

#include "base/handle.h"
#include "calls/call_run.h"
#include "values/buffer_value.h"

#include "jsrun/view.h"

/* --- new ones --------------------------------------------------------------------------------- */

typedef struct create_call {
    js_call call;
    size_t length;
} create_call;

static PyObject *create_body(js_call *call, jsrun_entry *entry) {
    jsrun_value bytes = jsrun_bytes_zeroed(entry, ((create_call *)call)->length);
    if (bytes) return buffer_from_js(call->runtime, entry, bytes, NULL);
    buffer_raise(call->runtime, JSRUN_VIEW_NO_MEMORY, NULL);
    return NULL;
}

const char buffer_create_doc[] = PyDoc_STR(
    "create_buffer($self, size, /)\n--\n\n"
    "Make a JsBuffer of this many bytes, all 0, that Python and JavaScript use in place.\n"
    "\n"
    "Passed to JavaScript it is a Uint8Array. Raises ValueError for a negative size, and\n"
    "MemoryError if there is not enough memory or max_buffer_bytes does not allow the size.");

PyObject *buffer_create_method(PyObject *self, PyObject *size) {
    Py_ssize_t length = PyNumber_AsSsize_t(size, PyExc_MemoryError);
    if (length < 0) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_ValueError, "size must not be negative, but is %zd", length);
        return NULL;
    }
    create_call create = {
        .call = {.runtime = (runtime_object *)self, .body = create_body},
        .length = (size_t)length,
    };
    return call_run(&create.call);
}

/* --- the type --------------------------------------------------------------------------------- */

static int buffer_get(PyObject *object, Py_buffer *view, int flags) {
    static char nothing[1];
    buffer_object *self = (buffer_object *)object;
    return PyBuffer_FillInfo(view, object, self->view.data ? self->view.data : nothing,
                             (Py_ssize_t)self->view.length, 0, flags);
}

static Py_ssize_t buffer_length(PyObject *object) {
    return (Py_ssize_t)((buffer_object *)object)->view.length;
}

#if PY_VERSION_HEX < 0x030C0000
/* Newer Pythons add it to every type that has a buffer. Type checkers know such types by it. */
static PyObject *buffer_buffer(PyObject *object, PyObject *Py_UNUSED(flags)) {
    return PyMemoryView_FromObject(object);
}
#endif

static PyObject *buffer_repr(PyObject *object) {
    return PyUnicode_FromFormat("<JsBuffer of %zd bytes>", buffer_length(object));
}

static int buffer_traverse(PyObject *object, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(object));
    Py_VISIT((PyObject *)((buffer_object *)object)->runtime);
    return 0;
}

static int buffer_clear(PyObject *object) {
    buffer_object *self = (buffer_object *)object;
    if (self->runtime && handle_is_set(self->value))
        jsrun_handle_drop(self->runtime->runtime, self->value);
    self->value = (jsrun_handle){0, 0};
    Py_CLEAR(self->runtime);
    return 0;
}

static void buffer_dealloc(PyObject *object) {
    buffer_object *self = (buffer_object *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    if (self->weak_references) PyObject_ClearWeakRefs(object);
    buffer_clear(object);
    jsrun_view_close(&self->view);
    type->tp_free(object);
    Py_DECREF(type);
}

PyDoc_STRVAR(
    buffer_doc,
    "The memory of a JavaScript buffer, for Python to read and write in place.\n"
    "\n"
    "Everything that takes bytes-like objects takes it: memoryview(buffer), bytes(buffer),\n"
    "file.readinto(buffer), numpy.frombuffer(buffer). Passed back into its runtime it is\n"
    "the same buffer; another runtime gets a copy. The memory stays in its place as long as\n"
    "Python uses it, even if the buffer or the runtime is gone, and counts towards\n"
    "max_buffer_bytes until then. Do not write to it while JavaScript that reads it runs in\n"
    "another thread.\n"
    "\n"
    "Runtime.create_buffer() makes one. With RuntimeConfig(buffers=\"view\") every\n"
    "ArrayBuffer, typed array and DataView that comes from JavaScript is one.");

static PyMethodDef buffer_methods[] = {
#if PY_VERSION_HEX < 0x030C0000
    {"__buffer__", buffer_buffer, METH_O, "__buffer__($self, flags, /)\n--\n\n"},
#endif
    {NULL},
};

static PyMemberDef buffer_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(buffer_object, weak_references), READONLY, NULL},
    {NULL},
};

static PyType_Slot buffer_slots[] = {
    {Py_tp_doc, (char *)buffer_doc},   {Py_tp_repr, buffer_repr},
    {Py_tp_traverse, buffer_traverse}, {Py_tp_clear, buffer_clear},
    {Py_tp_dealloc, buffer_dealloc},   {Py_tp_methods, buffer_methods},
    {Py_tp_members, buffer_members},   {Py_sq_length, buffer_length},
    {Py_bf_getbuffer, buffer_get},     {0, NULL},
};

static PyType_Spec buffer_spec = {
    .name = "jsrun.JsBuffer",
    .basicsize = sizeof(buffer_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = buffer_slots,
};

PyTypeObject *buffer_type_new(PyObject *module) {
    PyTypeObject *type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &buffer_spec, NULL);
    if (type) type->tp_new = NULL; /* made by JavaScript, or by create_buffer() */
    return type;
}
