#include "handlers/ops.h"

#include "base/arguments.h"
#include "base/function_numbers.h"
#include "handlers/bindings.h"
#include "values/from_js.h"
#include "values/handler_table.h"

/* runtime->ops is a dict: id → (name, handler as handler_keep() returns it). NULL: there are no
 * ops. */

static PyObject *find(runtime_object *runtime, PyObject *id, bool is_async) {
    PyObject *op = NULL;
    if (runtime->ops && PyLong_CheckExact(id)) op = PyDict_GetItemWithError(runtime->ops, id);
    if (!op) {
        if (!PyErr_Occurred())
            PyErr_SetString(runtime->state->errors[ERROR_BINDING],
                            "there is no op of this id: it was never registered, or was revoked");
        return NULL;
    }
    PyObject *kept = PyTuple_GET_ITEM(op, 1);
    if (handler_is_kept_async(kept) == is_async) return Py_NewRef(kept);
    PyErr_Format(runtime->state->errors[ERROR_BINDING],
                 is_async ? "the op %R is sync: call it with __host_op_sync__(id, ...)"
                          : "the op %R is async: call it with __host_op_async__(id, ...)",
                 PyTuple_GET_ITEM(op, 0));
    return NULL;
}

PyObject *ops_find(runtime_object *runtime, jsrun_entry *entry, const jsrun_call_info *info) {
    PyObject *id =
        info->argument_count ? from_js(runtime, entry, info->arguments[0]) : Py_NewRef(Py_None);
    if (!id) return NULL;
    PyObject *kept = find(runtime, id, info->function == HOST_ASYNC_OP);
    Py_DECREF(id);
    return kept;
}

/* A number that no script can guess and that every script can hold: 1 … 2**53 - 1. */
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

/* Whether `mode` is async. NULL means that none was given. Also false with an exception set. */
static bool read_mode(runtime_object *runtime, PyObject *mode) {
    if (!mode) return false;
    if (PyUnicode_Check(mode)) {
        if (PyUnicode_CompareWithASCIIString(mode, "sync") == 0) return false;
        if (PyUnicode_CompareWithASCIIString(mode, "async") == 0) return true;
    }
    PyErr_Format(runtime->state->errors[ERROR_BINDING],
                 "the mode of an op is \"sync\" or \"async\", not %R", mode);
    return false;
}

static bool check_handler(runtime_object *runtime, PyObject *handler, bool is_async) {
    if (!handler_check(handler)) return false;
    bool takes_loop = handler_is_async(handler);
    if (PyErr_Occurred()) return false;
    if (takes_loop == is_async) return true;
    PyErr_Format(runtime->state->errors[ERROR_BINDING],
                 is_async ? "%R is not an async function: register it with mode=\"sync\""
                          : "%R is an async function: register it with mode=\"async\"",
                 handler);
    return false;
}

static const char async_caller[] = "__host_op_async__";

/* Binds the functions that call ops, once. */
static bool bind_callers(runtime_object *runtime, bool is_async) {
    if (!runtime->has_ops) {
        runtime->has_ops =
            bindings_bind_op_caller(runtime, "__host_op_sync__", HOST_SYNC_OP, false) &&
            bindings_bind_op_caller(runtime, async_caller, HOST_ASYNC_OP, false);
    }
    if (runtime->has_ops && is_async && !runtime->has_async_ops) {
        runtime->has_async_ops =
            bindings_bind_op_caller(runtime, async_caller, HOST_ASYNC_OP, true);
    }
    return is_async ? runtime->has_async_ops : runtime->has_ops;
}

static bool add(runtime_object *runtime, PyObject *id, PyObject *name, PyObject *handler) {
    if (!runtime->ops) runtime->ops = PyDict_New();
    PyObject *kept = runtime->ops ? handler_keep(handler) : NULL;
    PyObject *op = kept ? PyTuple_Pack(2, name, kept) : NULL;
    bool added = op && PyDict_SetItem(runtime->ops, id, op) == 0;
    Py_XDECREF(kept);
    Py_XDECREF(op);
    return added;
}

const char ops_register_doc[] =
    "register_op($self, /, name, handler, mode=\"sync\")\n--\n\n"
    "Register an op and return the id that JavaScript calls it by.\n"
    "\n"
    "JavaScript calls __host_op_sync__(id, ...arguments). An async function is registered\n"
    "with mode=\"async\" and called with __host_op_async__(id, ...arguments), which returns a\n"
    "Promise. The id is a random integer: a script can call only the ops whose ids it was\n"
    "given. Values and exceptions are passed as by bind_function().\n"
    "\n"
    "Raises BindingError, a RuntimeError, for a name that is registered already, for an\n"
    "unknown mode and for a mode that does not fit the handler, and RuntimeClosedError if\n"
    "the runtime is closed.";

PyObject *ops_register(PyObject *object, PyObject *const *arguments, Py_ssize_t count,
                       PyObject *names) {
    static const char *const parameters[] = {"name", "handler", "mode"};
    PyObject *values[3] = {NULL, NULL, NULL};
    runtime_object *self = (runtime_object *)object;
    if (!arguments_parse("register_op", parameters, 3, 3, 2, arguments, count, names, values) ||
        runtime_check(self) < 0) {
        return NULL;
    }
    bool is_async = read_mode(self, values[2]);
    if (PyErr_Occurred() || !check_handler(self, values[1], is_async) ||
        !check_name(self, values[0]) || !bind_callers(self, is_async)) {
        return NULL;
    }
    PyObject *id = new_id();
    if (id && !add(self, id, values[0], values[1])) Py_CLEAR(id);
    return id;
}

const char ops_revoke_doc[] =
    "revoke_op($self, id, /)\n--\n\n"
    "Forget an op. JavaScript that calls its id from now on gets an error.\n"
    "\n"
    "A call that is under way goes on. Raises BindingError, a RuntimeError, if no op has\n"
    "the id.";

PyObject *ops_revoke(PyObject *object, PyObject *id) {
    runtime_object *self = (runtime_object *)object;
    if (runtime_check(self) < 0) return NULL;
    PyObject *op = self->ops ? PyDict_GetItemWithError(self->ops, id) : NULL;
    if (op) return PyDict_DelItem(self->ops, id) < 0 ? NULL : Py_NewRef(Py_None);
    if (!PyErr_Occurred())
        PyErr_Format(self->state->errors[ERROR_BINDING], "there is no op of the id %R", id);
    return NULL;
}
