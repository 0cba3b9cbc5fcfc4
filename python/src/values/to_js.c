#include "values/to_js.h"

#include "base/dates.h"
#include "base/errors.h"
#include "base/integers.h"
#include "base/path.h"
#include "base/property_names.h"
#include "base/unicode.h"
#include "values/buffer_value.h"
#include "values/function_value.h"
#include "values/handler_table.h"
#include "values/stream_value.h"

typedef struct writer {
    runtime_object *runtime;
    jsrun_entry *entry;
    size_t bytes; /* of what is written so far, as counted against the limit */
    bool binds;   /* callables become functions */
} writer;

static jsrun_value write_value(writer *writer, PyObject *value, const path_step *outer);

/* --- limits ----------------------------------------------------------------------------------- */

static bool count_bytes(writer *writer, size_t bytes) {
    size_t limit = writer->runtime->limits.bytes;
    writer->bytes += bytes;
    if (writer->bytes <= limit) return true;
    PyErr_Format(writer->runtime->state->errors[ERROR_CONVERSION_LIMIT],
                 "Size (%zu bytes) exceeded maximum limit of %zu bytes "
                 "(RuntimeConfig.max_serialization_bytes)",
                 writer->bytes, limit);
    return false;
}

static bool enter_container(writer *writer, PyObject *container, const path_step *outer) {
    if (path_contains(outer, container)) {
        const char *kind = PyDict_Check(container)    ? "dict"
                           : PyTuple_Check(container) ? "tuple"
                           : PyList_Check(container)  ? "list"
                                                      : "set";
        path_raise(writer->runtime->state->errors[ERROR_CONVERSION_LIMIT],
                   PyUnicode_FromFormat("circular reference in %s", kind), outer);
        return false;
    }
    uint32_t limit = writer->runtime->limits.depth;
    if (outer && outer->depth >= limit) {
        PyErr_Format(writer->runtime->state->errors[ERROR_CONVERSION_LIMIT],
                     "Depth exceeded maximum limit of %u (RuntimeConfig.max_serialization_depth)",
                     limit);
        return false;
    }
    return count_bytes(writer, JSRUN_ITEM_BYTES) &&
           Py_EnterRecursiveCall(" while converting a value for JavaScript") == 0;
}

/* --- strings and integers --------------------------------------------------------------------- */

static bool count_string(writer *writer, size_t size) {
    if (size <= writer->runtime->limits.bytes) return count_bytes(writer, JSRUN_ITEM_BYTES + size);
    PyErr_Format(writer->runtime->state->errors[ERROR_CONVERSION_LIMIT],
                 "String size limit exceeded: %zu > %zu (RuntimeConfig.max_serialization_bytes)",
                 size, writer->runtime->limits.bytes);
    return false;
}

static jsrun_value write_string(writer *writer, PyObject *string) {
    size_t size, left = writer->runtime->limits.bytes - writer->bytes;
    jsrun_value value = string_to_js_within(writer->entry, string, left, &size);
    return count_string(writer, size) ? value : NULL;
}

static jsrun_value write_integer(writer *writer, PyObject *integer, const path_step *outer) {
    size_t bigint_bytes = 0;
    jsrun_value value = integer_to_js(writer->entry, integer, &bigint_bytes);
    if (!value && !PyErr_Occurred()) {
        path_raise(writer->runtime->state->errors[ERROR_CONVERSION_RANGE],
                   PyUnicode_FromString("the integer is too large for a JavaScript BigInt"), outer);
    }
    return value && count_bytes(writer, JSRUN_ITEM_BYTES + bigint_bytes) ? value : NULL;
}

/* --- containers ------------------------------------------------------------------------------- */

static bool is_simple(PyObject *value) {
    return value == Py_None || PyFloat_CheckExact(value) || PyBool_Check(value);
}

static bool is_container(PyObject *value) {
    if (PyType_HasFeature(Py_TYPE(value), Py_TPFLAGS_LIST_SUBCLASS | Py_TPFLAGS_DICT_SUBCLASS |
                                              Py_TPFLAGS_TUPLE_SUBCLASS))
        return true;
    /* To find out that something is no set takes longer than all the other checks. */
    return !PyLong_Check(value) && !PyUnicode_Check(value) && !is_simple(value) &&
           PyAnySet_Check(value);
}

/* The value of a member is needed until it is in its container. A member that is a container itself
 * gets a scope of its own, so that handles do not pile up. */
typedef struct member_scope {
    jsrun_scope scope;
    bool open;
} member_scope;

static jsrun_value member_start(member_scope *scope, writer *writer, PyObject *value,
                                const path_step *step) {
    scope->open = is_container(value);
    if (scope->open) jsrun_scope_open(writer->entry, &scope->scope);
    return write_value(writer, value, step);
}

static void member_finish(member_scope *scope) {
    if (scope->open) jsrun_scope_close(&scope->scope);
}

/* Up to this many values are kept on the C stack. */
enum { FEW = 16 };

/* Writes members into `values` up to the first that is a container. V8 takes them faster all at
 * once than one by one. Returns how many, or -1. */
static Py_ssize_t write_plain_members(writer *writer, PyObject *sequence, path_step *step,
                                      Py_ssize_t end, jsrun_value *values) {
    Py_ssize_t at = 0;
    /* Code of the program may run in between (a tzinfo's) and change a list. */
    for (; at < end && at < PySequence_Fast_GET_SIZE(sequence); at++) {
        PyObject *value = PySequence_Fast_GET_ITEM(sequence, at);
        if (is_container(value)) break;
        step->index = at;
        Py_INCREF(value);
        values[at] = write_value(writer, value, step);
        Py_DECREF(value);
        if (!values[at]) return -1;
    }
    return at;
}

static bool write_members(writer *writer, PyObject *sequence, path_step *step, Py_ssize_t begin,
                          Py_ssize_t length, jsrun_value array) {
    for (Py_ssize_t i = begin; i < length && i < PySequence_Fast_GET_SIZE(sequence); i++) {
        PyObject *value = Py_NewRef(PySequence_Fast_GET_ITEM(sequence, i));
        step->index = i;
        member_scope scope;
        jsrun_value written = member_start(&scope, writer, value, step);
        if (written) jsrun_array_set(writer->entry, array, (uint32_t)i, written);
        member_finish(&scope);
        Py_DECREF(value);
        if (!written) return false;
    }
    return true;
}

static jsrun_value write_sequence(writer *writer, PyObject *sequence, const path_step *outer) {
    Py_ssize_t length = PySequence_Fast_GET_SIZE(sequence);
    if ((uint64_t)length > UINT32_MAX) {
        PyErr_Format(writer->runtime->state->errors[ERROR_CONVERSION_LIMIT],
                     "%zd elements are too many for a JavaScript array", length);
        return NULL;
    }
    path_step step = path_enter(outer, sequence);
    jsrun_value few[FEW];
    jsrun_value *values = length <= FEW ? few : PyMem_New(jsrun_value, length);
    jsrun_value array = NULL;
    if (!values) {
        PyErr_NoMemory();
        return NULL;
    }
    Py_ssize_t plain = write_plain_members(writer, sequence, &step, length, values);
    if (plain == length) {
        array = jsrun_array_of(writer->entry, values, (size_t)length);
    } else if (plain >= 0) {
        array = jsrun_array(writer->entry, (uint32_t)length);
        for (Py_ssize_t i = 0; i < plain; i++)
            jsrun_array_set(writer->entry, array, (uint32_t)i, values[i]);
        if (!write_members(writer, sequence, &step, plain, length, array)) array = NULL;
    }
    if (values != few) PyMem_Free(values);
    return array;
}

static jsrun_value write_key(writer *writer, PyObject *key, const path_step *outer) {
    if (!PyUnicode_Check(key)) {
        PyObject *message = PyUnicode_FromFormat(
            "a dict's keys must be strings to become a JavaScript object, not '%s'",
            Py_TYPE(key)->tp_name);
        path_raise(writer->runtime->state->errors[ERROR_CONVERSION], message, outer);
        return NULL;
    }
    return count_string(writer, string_size(key))
               ? property_names_to_js(writer->runtime, writer->entry, key)
               : NULL;
}

static jsrun_value write_dict(writer *writer, PyObject *dict, const path_step *outer) {
    jsrun_value object = jsrun_object(writer->entry);
    path_step step = path_enter(outer, dict);
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(dict, &position, &key, &value)) {
        Py_INCREF(key);
        Py_INCREF(value);
        step.key = key;
        member_scope scope;
        jsrun_value written_key = write_key(writer, key, outer);
        jsrun_value written = NULL;
        if (written_key) {
            written = member_start(&scope, writer, value, &step);
            if (written) jsrun_object_define(writer->entry, object, written_key, written);
            member_finish(&scope);
        }
        Py_DECREF(key);
        Py_DECREF(value);
        if (!written) return NULL;
    }
    return object;
}

static jsrun_value write_set(writer *writer, PyObject *set, const path_step *outer) {
    /* The order and the members of the set itself: a subclass may define others. */
    PyObject *iterator = PySet_Type.tp_iter(set);
    if (!iterator) return NULL;
    jsrun_value result = jsrun_set(writer->entry);
    path_step step = path_enter(outer, set);
    PyObject *value;
    while (result && (value = PyIter_Next(iterator))) {
        member_scope scope;
        jsrun_value written = member_start(&scope, writer, value, &step);
        if (written)
            jsrun_set_add(writer->entry, result, written);
        else
            result = NULL;
        member_finish(&scope);
        Py_DECREF(value);
    }
    Py_DECREF(iterator);
    return PyErr_Occurred() ? NULL : result;
}

static jsrun_value write_container(writer *writer, PyObject *value, const path_step *outer) {
    if (!enter_container(writer, value, outer)) return NULL;
    jsrun_value result = PyDict_Check(value)     ? write_dict(writer, value, outer)
                         : PyAnySet_Check(value) ? write_set(writer, value, outer)
                                                 : write_sequence(writer, value, outer);
    Py_LeaveRecursiveCall();
    return result;
}

/* --- everything else -------------------------------------------------------------------------- */

static void raise_no_buffer(Py_ssize_t bytes) {
    PyErr_Format(PyExc_MemoryError,
                 "no memory for a buffer of %zd bytes: RuntimeConfig(max_buffer_bytes=...) sets "
                 "the limit",
                 bytes);
}

static jsrun_value write_buffer(writer *writer, PyObject *value) {
    Py_buffer buffer;
    if (PyObject_GetBuffer(value, &buffer, PyBUF_FULL_RO) < 0) return NULL;
    jsrun_value bytes = NULL;
    if (!count_bytes(writer, JSRUN_ITEM_BYTES + (size_t)buffer.len)) {
        /* The exception is set. */
    } else if (PyBuffer_IsContiguous(&buffer, 'C')) {
        bytes = jsrun_bytes(writer->entry, buffer.buf, (size_t)buffer.len);
        if (!bytes) raise_no_buffer(buffer.len);
    } else {
        PyObject *copy = PyBytes_FromObject(value);
        bytes =
            copy ? jsrun_bytes(writer->entry, PyBytes_AS_STRING(copy), (size_t)buffer.len) : NULL;
        Py_XDECREF(copy);
        if (!bytes && !PyErr_Occurred()) raise_no_buffer(buffer.len);
    }
    PyBuffer_Release(&buffer);
    return bytes;
}

static jsrun_value write_callable(writer *writer, PyObject *value, const path_step *outer) {
    jsrun_value name = outer && outer->key ? string_to_js(writer->entry, outer->key)
                                           : jsrun_string_text(writer->entry, "");
    if (!name || !handler_check(value)) return NULL;
    return handler_function(writer->runtime, writer->entry, value, name);
}

static jsrun_value refuse(writer *writer, PyObject *value, const path_step *outer) {
    PyObject *message;
    if (PyCallable_Check(value)) {
        message = PyUnicode_FromFormat("cannot convert '%s' to JavaScript: bind a callable with "
                                       "bind_function() and use it by its name there",
                                       Py_TYPE(value)->tp_name);
    } else {
        message =
            PyUnicode_FromFormat("cannot convert '%s' to JavaScript", Py_TYPE(value)->tp_name);
    }
    path_raise(writer->runtime->state->errors[ERROR_CONVERSION], message, outer);
    return NULL;
}

static jsrun_value write_other(writer *writer, PyObject *value, const path_step *outer) {
    module_state *state = writer->runtime->state;
    if (value == state->undefined) return jsrun_undefined(writer->entry);
    if (Py_TYPE(value) == state->function_type)
        return function_to_js(writer->runtime, writer->entry, value, outer);
    if (stream_check(state, value))
        return stream_to_js(writer->runtime, writer->entry, value, outer);
    if (Py_TYPE(value) == state->buffer_type) {
        jsrun_value buffer = buffer_to_js(writer->runtime, writer->entry, value);
        return buffer ? buffer : write_buffer(writer, value);
    }
    if (dates_is_datetime(value)) return dates_to_js(state, writer->entry, value, outer);
    if (PyObject_TypeCheck(value, (PyTypeObject *)state->javascript_error)) {
        jsrun_value error = errors_to_js(writer->runtime, writer->entry, value);
        if (!error) PyErr_NoMemory();
        return error;
    }
    if (value == state->done) return jsrun_null(writer->entry); /* as in lambda: function.close() */
    if (writer->binds && PyCallable_Check(value)) return write_callable(writer, value, outer);
    return refuse(writer, value, outer);
}

static jsrun_value write_simple(writer *writer, PyObject *value) {
    if (!count_bytes(writer, JSRUN_ITEM_BYTES)) return NULL;
    if (value == Py_None) return jsrun_null(writer->entry);
    if (PyBool_Check(value)) return jsrun_boolean(writer->entry, value == Py_True);
    return jsrun_number(writer->entry, PyFloat_AS_DOUBLE(value));
}

/* The most likely types come first, and no check that takes long comes before them. */
static jsrun_value write_value(writer *writer, PyObject *value, const path_step *outer) {
    if (PyUnicode_Check(value)) return write_string(writer, value);
    if (PyLong_Check(value) && !PyBool_Check(value)) return write_integer(writer, value, outer);
    if (is_simple(value)) return write_simple(writer, value);
    if (is_container(value)) return write_container(writer, value, outer);
    if (PyBytes_Check(value) || PyByteArray_Check(value) || PyMemoryView_Check(value))
        return write_buffer(writer, value);
    if (!count_bytes(writer, JSRUN_ITEM_BYTES)) return NULL;
    if (PyFloat_Check(value)) return jsrun_number(writer->entry, PyFloat_AS_DOUBLE(value));
    return write_other(writer, value, outer);
}

static jsrun_value write_all(writer *writer, PyObject *value) {
    jsrun_value written = write_value(writer, value, NULL);
    if (!written && !PyErr_Occurred()) PyErr_NoMemory(); /* JavaScript's memory */
    return written;
}

jsrun_value to_js(runtime_object *runtime, jsrun_entry *entry, PyObject *value) {
    writer writer = {runtime, entry, 0, false};
    return write_all(&writer, value);
}

jsrun_value to_js_bound(runtime_object *runtime, jsrun_entry *entry, PyObject *value) {
    writer writer = {runtime, entry, 0, true};
    return write_all(&writer, value);
}
