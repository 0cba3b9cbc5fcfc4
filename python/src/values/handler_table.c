#include "values/handler_table.h"

#include "values/breaks.h"

#include "jsrun/promise.h"

static bool ask_inspect(PyObject *callable) {
    PyObject *inspect = PyImport_ImportModule("inspect");
    PyObject *answer =
        inspect ? PyObject_CallMethod(inspect, "iscoroutinefunction", "O", callable) : NULL;
    bool is_async = answer && PyObject_IsTrue(answer) > 0;
    Py_XDECREF(inspect);
    Py_XDECREF(answer);
    return is_async;
}

bool handler_is_async(PyObject *handler) {
    if (ask_inspect(handler)) return true;
    if (PyErr_Occurred() || PyFunction_Check(handler) || PyType_Check(handler)) return false;
    PyObject *call = PyObject_GetAttrString((PyObject *)Py_TYPE(handler), "__call__");
    bool is_async = call && ask_inspect(call);
    Py_XDECREF(call);
    return is_async;
}

bool handler_check(PyObject *handler) {
    if (PyCallable_Check(handler)) return true;
    PyErr_Format(PyExc_TypeError, "handler must be callable, not '%s'", Py_TYPE(handler)->tp_name);
    return false;
}

PyObject *handler_keep(PyObject *handler) {
    bool is_async = handler_is_async(handler);
    if (PyErr_Occurred()) return NULL;
    return is_async ? PyTuple_Pack(1, handler) : Py_NewRef(handler);
}

/* A number for `kept`: one whose function JavaScript has dropped, or the next one. -1 with an
 * exception set. */
static Py_ssize_t add(runtime_object *runtime, PyObject *kept) {
    Py_ssize_t spare = PyList_GET_SIZE(runtime->spare_numbers);
    if (!spare) {
        Py_ssize_t number = PyList_GET_SIZE(runtime->handlers);
        return PyList_Append(runtime->handlers, kept) < 0 ? -1 : number;
    }
    Py_ssize_t number = PyLong_AsSsize_t(PyList_GET_ITEM(runtime->spare_numbers, spare - 1));
    if (PyList_SetSlice(runtime->spare_numbers, spare - 1, spare, NULL) < 0) return -1;
    if (PyList_SetItem(runtime->handlers, number, Py_NewRef(kept)) < 0) return -1;
    return number;
}

jsrun_value handler_function(runtime_object *runtime, jsrun_entry *entry, PyObject *handler,
                             jsrun_value name) {
    PyObject *kept = handler_keep(handler);
    if (!kept) return NULL;
    Py_ssize_t number = add(runtime, kept);
    if (handler_is_kept_async(kept)) jsrun_flow_follow(entry);
    Py_DECREF(kept);
    if (number < 0) return NULL;
    jsrun_value function = NULL;
    if (breaks_note_name(runtime, entry, (uint32_t)number, name) == 0) {
        function = jsrun_host_function_new(entry, (uint32_t)number, name);
        if (!function) PyErr_NoMemory();
    }
    if (!function) {
        PyObject *exception = PyErr_GetRaisedException();
        handler_drop(runtime, (uint32_t)number);
        PyErr_SetRaisedException(exception);
    }
    return function;
}

void handler_drop(runtime_object *runtime, uint32_t number) {
    if (!runtime->handlers || number >= (size_t)PyList_GET_SIZE(runtime->handlers)) return;
    breaks_forget_name(runtime, number);
    PyObject *spare = PyLong_FromUnsignedLong(number);
    /* Without memory for it the number is not used again. */
    if (!spare || PyList_Append(runtime->spare_numbers, spare) < 0) PyErr_Clear();
    Py_XDECREF(spare);
    /* Last: it may run code of the program. */
    PyList_SetItem(runtime->handlers, number, Py_NewRef(Py_None));
}
