#include "base/greenlets.h"

void greenlets_look(module_state *state, Py_ssize_t module_count) {
    state->loaded_count = module_count;
    PyObject *module = PyDict_GetItemString(state->loaded_modules, "greenlet");
    if (!module || state->get_current_greenlet) return;
    /* A module that is still being imported may lack it. The next look finds it then. */
    PyObject *function = PyObject_GetAttrString(module, "getcurrent");
    PyErr_Clear();
    state->get_current_greenlet = function;
    if (!function) state->loaded_count = -1;
}

/* Whether it is the one that its thread began with. JavaScript that was entered before greenlet was
 * loaded is on its stack. */
static int is_main(PyObject *greenlet) {
    PyObject *parent = PyObject_GetAttrString(greenlet, "parent");
    int result = parent ? parent == Py_None : -1;
    Py_XDECREF(parent);
    return result;
}

greenlet_place greenlets_place(runtime_object *runtime) {
    PyObject *performing = runtime->performing;
    Py_ssize_t count = performing ? PyList_GET_SIZE(performing) : 0;
    bool is_here = jsrun_runtime_is_entered_here(runtime->runtime);
    if (!is_here && (!count || runtime->performing_thread != PyThread_get_thread_ident()))
        return GREENLET_FREE;
    PyObject *current = PyObject_CallNoArgs(runtime->state->get_current_greenlet);
    if (!current) return GREENLET_FAILED;
    int same = count ? PyList_GET_ITEM(performing, count - 1) == current : is_main(current);
    Py_DECREF(current);
    if (same < 0) return GREENLET_FAILED;
    return same ? GREENLET_FREE : is_here ? GREENLET_REFUSED : GREENLET_FOREIGN;
}

bool greenlets_start_handler(runtime_object *runtime) {
    if (!runtime->performing) runtime->performing = PyList_New(0);
    if (!runtime->performing) return false;
    PyObject *current = PyObject_CallNoArgs(runtime->state->get_current_greenlet);
    if (!current) return false;
    int result = PyList_Append(runtime->performing, current);
    Py_DECREF(current);
    if (result < 0) return false;
    runtime->performing_thread = PyThread_get_thread_ident();
    return true;
}

void greenlets_finish_handler(runtime_object *runtime) {
    Py_ssize_t count = PyList_GET_SIZE(runtime->performing);
    PyList_SetSlice(runtime->performing, count - 1, count, NULL);
}

void greenlets_raise(module_state *state) {
    PyErr_SetString(state->errors[ERROR_GREENLET],
                    "another greenlet of this thread is in a Python function that JavaScript of "
                    "this runtime has called: "
                    "until that returns only scripts that call no Python function can run here. "
                    "Use a runtime for "
                    "each greenlet (jsrun.RuntimePool), or eval_async()");
}
