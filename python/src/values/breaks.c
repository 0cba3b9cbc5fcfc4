#include "values/breaks.h"

#include "base/function_numbers.h"
#include "base/unicode.h"

#include <stdlib.h>

int breaks_note_name(runtime_object *runtime, jsrun_entry *entry, uint32_t function,
                     jsrun_value name) {
    PyObject *number = PyLong_FromUnsignedLong(function);
    PyObject *text = number ? string_from_js(entry, name) : NULL;
    int result = text ? PyDict_SetItem(runtime->handler_names, number, text) : -1;
    Py_XDECREF(number);
    Py_XDECREF(text);
    return result;
}

void breaks_forget_name(runtime_object *runtime, uint32_t function) {
    PyObject *number = PyLong_FromUnsignedLong(function);
    if (!number || PyDict_DelItem(runtime->handler_names, number) < 0) PyErr_Clear();
    Py_XDECREF(number);
}

/* A new reference, or NULL: the function is not one that the program has bound. */
static PyObject *name_of(runtime_object *runtime, uint32_t function) {
    if (function == HOST_SYNC_OP) return PyUnicode_FromString("__host_op_sync__");
    if (function == HOST_ASYNC_OP) return PyUnicode_FromString("__host_op_async__");
    PyObject *number = PyLong_FromUnsignedLong(function);
    PyObject *name = number ? PyDict_GetItem(runtime->handler_names, number) : NULL;
    Py_XDECREF(number);
    Py_XINCREF(name);
    return name;
}

static char *describe(PyObject *name, PyObject *const *arguments, size_t count) {
    char *copy = NULL;
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list && i < count; i++)
        PyList_SET_ITEM(list, (Py_ssize_t)i, Py_NewRef(arguments[i]));
    PyObject *module = list ? PyImport_ImportModule("jsrun._breaks") : NULL;
    PyObject *text = module ? PyObject_CallMethod(module, "details", "OO", name, list) : NULL;
    const char *utf8 = text ? PyUnicode_AsUTF8(text) : NULL;
    if (utf8) copy = strdup(utf8);
    Py_XDECREF(list);
    Py_XDECREF(module);
    Py_XDECREF(text);
    return copy;
}

char *breaks_details(runtime_object *runtime, uint32_t function, PyObject *const *arguments,
                     size_t count) {
    char *details = NULL;
    PyObject *name = runtime->host_breaks ? name_of(runtime, function) : NULL;
    if (name &&
        (runtime->host_breaks == Py_True || PySequence_Contains(runtime->host_breaks, name) > 0))
        details = describe(name, arguments, count);
    Py_XDECREF(name);
    if (PyErr_Occurred()) PyErr_WriteUnraisable((PyObject *)runtime);
    return details;
}

const char breaks_on_host_calls_doc[] =
    "break_on_host_calls($self, /, *names)\n--\n\n"
    "Pause in the debugger where JavaScript calls one of these handlers.\n"
    "\n"
    "The names are those that JavaScript knows the handlers by. Without a name it pauses\n"
    "for all handlers; a single False ends it. It pauses before the handler runs, and the\n"
    "debugger is told the arguments. Nothing pauses while no debugger is attached.\n"
    "\n"
    "Raises TypeError for an argument that is not a name.";

PyObject *breaks_on_host_calls(PyObject *object, PyObject *names) {
    runtime_object *self = (runtime_object *)object;
    PyObject *breaks = NULL;
    bool ends = PyTuple_GET_SIZE(names) == 1 && PyTuple_GET_ITEM(names, 0) == Py_False;
    for (Py_ssize_t i = 0; !ends && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        if (PyUnicode_Check(name)) continue;
        PyErr_Format(PyExc_TypeError, "a name must be a str, not '%s'", Py_TYPE(name)->tp_name);
        return NULL;
    }
    if (!ends && !(breaks = PyTuple_GET_SIZE(names) ? PyFrozenSet_New(names) : Py_NewRef(Py_True)))
        return NULL;
    Py_XSETREF(self->host_breaks, breaks);
    return Py_NewRef(Py_None);
}
