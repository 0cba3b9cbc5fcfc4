#include "base/thrown.h"

#include "base/handle.h"
#include "base/unicode.h"

/* Errors that belong to one that is converted, and to those, and so on. */
enum { MOST_NESTED = 20, MOST_ERRORS = 1000 };

/* An error whose details are being converted. On the stack; the innermost is the runtime's. */
typedef struct described_error {
    struct described_error *outer;
    jsrun_value value;
    PyObject *error;
    unsigned depth;
    unsigned total; /* of the outermost: how many errors belong to it */
} described_error;

/* --- what was thrown -------------------------------------------------------------------------- */

static const char capsule_name[] = "jsrun.thrown";

typedef struct thrown {
    PyObject *runtime; /* a weak reference: an exception that is kept keeps no runtime */
    jsrun_handle value;
} thrown;

static void thrown_free(PyObject *capsule) {
    thrown *self = PyCapsule_GetPointer(capsule, capsule_name);
    PyObject *runtime = PyWeakref_GetObject(self->runtime);
    if (runtime != Py_None) jsrun_handle_drop(((runtime_object *)runtime)->runtime, self->value);
    Py_DECREF(self->runtime);
    PyMem_Free(self);
}

static PyObject *thrown_new(runtime_object *runtime, jsrun_entry *entry, jsrun_value value) {
    PyObject *weak = PyWeakref_NewRef((PyObject *)runtime, NULL);
    thrown *self = weak ? PyMem_Malloc(sizeof *self) : NULL;
    PyObject *capsule = NULL;
    if (self) {
        *self = (thrown){weak, jsrun_handle_new(entry, value)};
        capsule = PyCapsule_New(self, capsule_name, thrown_free);
        if (!capsule) jsrun_handle_drop(runtime->runtime, self->value);
    } else if (weak) {
        PyErr_NoMemory();
    }
    if (!capsule) {
        PyMem_Free(self);
        Py_XDECREF(weak);
    }
    return capsule;
}

jsrun_value thrown_get(runtime_object *runtime, jsrun_entry *entry, PyObject *error) {
    if (!PyObject_TypeCheck(error, (PyTypeObject *)runtime->state->javascript_error)) return NULL;
    PyObject *capsule = PyObject_GetAttrString(error, "_thrown");
    jsrun_value value = NULL;
    if (capsule && PyCapsule_IsValid(capsule, capsule_name)) {
        const thrown *self = PyCapsule_GetPointer(capsule, capsule_name);
        if (PyWeakref_GetObject(self->runtime) == (PyObject *)runtime)
            value = jsrun_handle_get(entry, self->value);
    }
    Py_XDECREF(capsule);
    PyErr_Clear();
    return value;
}

/* --- what scripts have put on it -------------------------------------------------------------- */

PyObject *thrown_find(runtime_object *runtime, jsrun_value error) {
    for (described_error *at = runtime->describing; at; at = at->outer)
        if (jsrun_same(at->value, error)) return Py_NewRef(at->error);
    return NULL;
}

/* Whether the exception that is set says no more than that a value has no counterpart. */
static bool is_about_value(const module_state *state) {
    return PyErr_ExceptionMatches(state->errors[ERROR_CONVERSION]) ||
           PyErr_ExceptionMatches(state->errors[ERROR_CONVERSION_LIMIT]) ||
           PyErr_ExceptionMatches(state->errors[ERROR_CONVERSION_RANGE]) ||
           PyErr_ExceptionMatches(state->javascript_error);
}

/* *converted: a new reference, or NULL if there is nothing to convert, or no counterpart. 0, or -1
 * with an exception set. */
static int convert(runtime_object *runtime, jsrun_entry *entry, jsrun_value value,
                   PyObject **converted) {
    *converted = value ? runtime->state->value_from_js(runtime, entry, value) : NULL;
    if (*converted || !value) return 0;
    if (!is_about_value(runtime->state)) return -1;
    PyErr_Clear();
    return 0;
}

static PyObject *convert_errors(runtime_object *runtime, jsrun_entry *entry, jsrun_value errors,
                                uint32_t count) {
    PyObject *list = PyList_New(0);
    for (uint32_t i = 0; list && i < count; i++) {
        PyObject *converted;
        int result = convert(runtime, entry, jsrun_array_get(entry, errors, i), &converted);
        if (result == 0 && converted) result = PyList_Append(list, converted);
        if (result < 0) Py_CLEAR(list);
        Py_XDECREF(converted);
    }
    return list;
}

static int convert_property(runtime_object *runtime, jsrun_entry *entry, PyObject *dict,
                            jsrun_value name, jsrun_value value) {
    PyObject *converted;
    if (!name || convert(runtime, entry, value, &converted) < 0) return -1;
    if (!converted) return 0;
    PyObject *key = string_from_js(entry, name);
    int result = key ? PyDict_SetItem(dict, key, converted) : -1;
    Py_XDECREF(key);
    Py_DECREF(converted);
    return result;
}

static PyObject *convert_properties(runtime_object *runtime, jsrun_entry *entry, jsrun_value names,
                                    jsrun_value values, uint32_t count) {
    PyObject *dict = PyDict_New();
    for (uint32_t i = 0; dict && i < count; i++) {
        if (convert_property(runtime, entry, dict, jsrun_array_get(entry, names, i),
                             jsrun_array_get(entry, values, i)) < 0)
            Py_CLEAR(dict);
    }
    return dict;
}

static bool is_within_bounds(described_error *self) {
    described_error *outermost = self;
    while (outermost->outer) outermost = outermost->outer;
    return self->depth < MOST_NESTED && ++outermost->total < MOST_ERRORS;
}

static PyObject *or_none(PyObject *object) { return object ? object : Py_NewRef(Py_None); }

/* `told` is a copy: the entry's account of an error is that of the last one that was described. */
static int add_details(runtime_object *runtime, jsrun_entry *entry, PyObject *error,
                       const jsrun_exception *told, bool is_deep) {
    PyObject *value = NULL, *cause = NULL, *errors = NULL, *properties = NULL, *class_name = NULL;
    PyObject *kept = thrown_new(runtime, entry, told->value);
    int result = kept ? 0 : -1;
    if (result == 0 && told->class_name) {
        class_name = string_from_js(entry, told->class_name);
        if (!class_name) result = -1;
    } else if (result == 0) {
        result = convert(runtime, entry, told->value, &value);
    }
    if (result == 0 && !is_deep) result = convert(runtime, entry, told->cause, &cause);
    if (result == 0 && !is_deep && told->errors) {
        errors = convert_errors(runtime, entry, told->errors, told->error_count);
        if (!errors) result = -1;
    }
    if (result == 0 && !is_deep && told->property_names) {
        properties = convert_properties(runtime, entry, told->property_names, told->property_values,
                                        told->property_count);
        if (!properties) result = -1;
    }
    if (result == 0) {
        PyObject *done = PyObject_CallMethod(error, "_set_details", "ONNNNN", kept,
                                             or_none(class_name), or_none(value), or_none(cause),
                                             or_none(errors), or_none(properties));
        class_name = value = cause = errors = properties = NULL;
        if (!done) result = -1;
        Py_XDECREF(done);
    }
    Py_XDECREF(class_name);
    Py_XDECREF(value);
    Py_XDECREF(cause);
    Py_XDECREF(errors);
    Py_XDECREF(properties);
    Py_XDECREF(kept);
    return result;
}

int thrown_add_details(runtime_object *runtime, jsrun_entry *entry, PyObject *error,
                       const jsrun_exception *exception) {
    jsrun_exception told = *exception;
    described_error *outer = runtime->describing;
    if (!told.value) return 0;
    described_error self = {outer, told.value, error, outer ? outer->depth + 1 : 0, 0};
    runtime->describing = &self;
    int result = add_details(runtime, entry, error, &told, !is_within_bounds(&self));
    runtime->describing = outer;
    return result;
}
