#include "ops.h"

#include "arguments.h"
#include "bindings.h"
#include "from_js.h"
#include "handlers.h"

/* runtime->ops: a dict, id → (name, handler); NULL while there are none. */

PyObject *ops_find(runtime_object *runtime, jsrun_entry *entry, const jsrun_call_info *info) {
    PyObject *id =
        info->argument_count ? from_js(runtime, entry, info->arguments[0]) : Py_NewRef(Py_None);
    if (!id) return NULL;
    PyObject *op = NULL;
    if (runtime->ops && PyLong_CheckExact(id)) op = PyDict_GetItemWithError(runtime->ops, id);
    if (op) {
        op = Py_NewRef(PyTuple_GET_ITEM(op, 1));
    } else if (!PyErr_Occurred()) {
        PyErr_SetString(runtime->state->errors[ERROR_BINDING],
                        "there is no op of this id: it was never registered, or was revoked");
    }
    Py_DECREF(id);
    return op;
}

/* A number that no script guesses and that every script can hold: 1 … 2**53 - 1. */
static PyObject *new_id(void) {
    PyObject *secrets = PyImport_ImportModule("secrets");
    PyObject *below =
        secrets ? PyObject_CallMethod(secrets, "randbelow", "L", (1LL << 53) - 1) : NULL;
    Py_XDECREF(secrets);
    if (!below) return NULL;
    long long number = PyLong_AsLongLong(below) + 1;
    Py_DECREF(below);
    return PyLong_FromLongLong(number);
}

static bool check_name(runtime_object *runtime, PyObject *name) {
    if (!bindings_check_name(name)) return false;
    PyObject *id, *op;
    Py_ssize_t position = 0;
    while (runtime->ops && PyDict_Next(runtime->ops, &position, &id, &op)) {
        int same = PyObject_RichCompareBool(PyTuple_GET_ITEM(op, 0), name, Py_EQ);
        if (same < 0) return false;
        if (same) {
            PyErr_Format(runtime->state->errors[ERROR_BINDING],
                         "an op named %R is registered already: revoke_op() it first", name);
            return false;
        }
    }
    return true;
}

static bool check_mode(runtime_object *runtime, PyObject *mode) {
    if (!mode) return true;
    if (PyUnicode_Check(mode)) {
        if (PyUnicode_CompareWithASCIIString(mode, "sync") == 0) return true;
        if (PyUnicode_CompareWithASCIIString(mode, "async") == 0) {
            PyErr_SetString(PyExc_NotImplementedError,
                            "register_op() does not take async handlers yet");
            return false;
        }
    }
    PyErr_Format(runtime->state->errors[ERROR_BINDING],
                 "the mode of an op is \"sync\" or \"async\", not %R", mode);
    return false;
}

/* Makes __host_op_sync__ known, once. */
static bool bind_caller(runtime_object *runtime) {
    if (runtime->ops) return true;
    PyObject *ops = PyDict_New();
    if (!ops || !bindings_bind_op_caller(runtime, "__host_op_sync__", HANDLERS_SYNC_OP)) {
        Py_XDECREF(ops);
        return false;
    }
    if (runtime->ops)
        Py_DECREF(ops); /* another thread was faster */
    else
        runtime->ops = ops;
    return true;
}

const char ops_register_doc[] =
    "register_op($self, /, name, handler, mode=\"sync\")\n--\n\n"
    "Register a host operation; return the id that JavaScript calls it by.\n"
    "\n"
    "JavaScript calls __host_op_sync__(id, ...arguments). The id is a random integer: a\n"
    "script can call only the ops whose ids it was given. Values and exceptions are passed as\n"
    "by bind_function().\n"
    "\n"
    "Raises BindingError, a RuntimeError, for a name that is registered already and for an\n"
    "unknown mode, and RuntimeClosedError if the runtime is closed.";

PyObject *ops_register(PyObject *object, PyObject *const *arguments, Py_ssize_t count,
                       PyObject *names) {
    static const char *const parameters[] = {"name", "handler", "mode"};
    PyObject *values[3] = {NULL, NULL, NULL};
    runtime_object *self = (runtime_object *)object;
    if (!arguments_parse("register_op", parameters, 3, 3, 2, arguments, count, names, values) ||
        runtime_check(self) < 0 || !check_mode(self, values[2]) ||
        !handlers_check("register_op", values[1], false) || !check_name(self, values[0]) ||
        !bind_caller(self)) {
        return NULL;
    }
    PyObject *id = new_id();
    PyObject *op = id ? PyTuple_Pack(2, values[0], values[1]) : NULL;
    if (!op || PyDict_SetItem(self->ops, id, op) < 0) Py_CLEAR(id);
    Py_XDECREF(op);
    return id;
}

const char ops_revoke_doc[] =
    "revoke_op($self, id, /)\n--\n\n"
    "Forget an op: JavaScript that calls its id gets an error from now on.\n"
    "\n"
    "A call that is under way goes on. Raises BindingError, a RuntimeError, if there is no op\n"
    "of that id.";

PyObject *ops_revoke(PyObject *object, PyObject *id) {
    runtime_object *self = (runtime_object *)object;
    if (runtime_check(self) < 0) return NULL;
    PyObject *op = self->ops ? PyDict_GetItemWithError(self->ops, id) : NULL;
    if (op) return PyDict_DelItem(self->ops, id) < 0 ? NULL : Py_NewRef(Py_None);
    if (!PyErr_Occurred())
        PyErr_Format(self->state->errors[ERROR_BINDING], "there is no op of the id %R", id);
    return NULL;
}
