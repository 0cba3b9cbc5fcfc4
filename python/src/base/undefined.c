#include "base/undefined.h"

#include "base/module_state.h"

static PyObject *undefined_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    if (PyTuple_GET_SIZE(args) || (kwargs && PyDict_GET_SIZE(kwargs))) {
        PyErr_SetString(PyExc_TypeError, "JsUndefined takes no arguments");
        return NULL;
    }
    module_state *state = PyType_GetModuleState(type);
    return state ? Py_NewRef(state->undefined) : NULL;
}

static void undefined_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyObject *undefined_repr(PyObject *Py_UNUSED(self)) {
    return PyUnicode_FromString("undefined");
}

static int undefined_bool(PyObject *Py_UNUSED(self)) { return 0; }

/* A name in place of a recipe: copy and pickle give back the one instance. */
static PyObject *undefined_reduce(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused)) {
    return PyUnicode_FromString("undefined");
}

PyDoc_STRVAR(
    undefined_doc,
    "The type of undefined, JavaScript's value for \"no value\".\n"
    "\n"
    "There is one instance, jsrun.undefined: compare with `is`. It is falsy. A copy of it,\n"
    "or what is unpickled of it, is the same object.");

static PyMethodDef undefined_methods[] = {
    {"__reduce__", undefined_reduce, METH_NOARGS, NULL},
    {NULL},
};

static PyType_Slot undefined_slots[] = {
    {Py_tp_doc, (char *)undefined_doc},
    {Py_tp_new, undefined_new},
    {Py_tp_dealloc, undefined_dealloc},
    {Py_tp_repr, undefined_repr},
    {Py_nb_bool, undefined_bool},
    {Py_tp_methods, undefined_methods},
    {0, NULL},
};

static PyType_Spec undefined_spec = {
    .name = "jsrun.JsUndefined",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = undefined_slots,
};

PyTypeObject *undefined_type_new(PyObject *module) {
    module_state *state = PyModule_GetState(module);
    PyTypeObject *type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &undefined_spec, NULL);
    if (!type) return NULL;
    state->undefined = (PyObject *)PyObject_New(PyObject, type);
    if (!state->undefined) Py_CLEAR(type);
    return type;
}
