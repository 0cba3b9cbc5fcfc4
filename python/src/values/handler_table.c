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

jsrun_value handler_function(runtime_object *runtime, jsrun_entry *entry, PyObject *handler,
                             jsrun_value name) {
    PyObject *kept = handler_keep(handler);
    if (!kept) return NULL;
    int appended = PyList_Append(runtime->handlers, kept);
    if (handler_is_kept_async(kept)) jsrun_flow_follow(entry);
    Py_DECREF(kept);
    if (appended < 0) return NULL;
    uint32_t number = (uint32_t)(PyList_GET_SIZE(runtime->handlers) - 1);
    if (breaks_note_name(runtime, entry, number, name) < 0) return NULL;
    jsrun_value function = jsrun_host_function_new(entry, number, name);
    if (!function) PyErr_NoMemory();
    return function;
}
