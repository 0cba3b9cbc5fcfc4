#include "values/from_js.h"

#include "base/dates.h"
#include "base/errors.h"
#include "base/integers.h"
#include "base/path.h"
#include "base/thrown.h"
#include "base/property_names.h"
#include "base/unicode.h"
#include "values/buffer_value.h"
#include "values/function_value.h"
#include "values/stream_value.h"

/* The names of the OBJECT item that took a place. */
typedef struct record {
    PyObject *empty; /* a dict with all of them, to be copied; NULL: not made yet */
    uint32_t count;
    PyObject *names[JSRUN_RECORD_NAMES];
} record;

/* Makes Python objects of the items of a walk, which are in depth-first order. */
typedef struct reader {
    runtime_object *runtime;
    jsrun_entry *entry;
    const jsrun_item *next;
    record *records;   /* JSRUN_RECORD_PLACES of them */
    size_t bytes_left; /* of the limit, for the texts of errors */
} reader;

static PyObject *read_value(reader *reader, const path_step *outer);

/* --- containers ------------------------------------------------------------------------------- */

static PyObject *read_array(reader *reader, uint32_t count, const path_step *outer) {
    PyObject *list = PyList_New(count);
    path_step step = path_enter(outer, list);
    for (uint32_t i = 0; list && i < count; i++) {
        step.index = i;
        PyObject *value = read_value(reader, &step);
        if (value)
            PyList_SET_ITEM(list, i, value);
        else
            Py_CLEAR(list);
    }
    return list;
}

static void record_clear(record *record) {
    while (record->count) Py_DECREF(record->names[--record->count]);
    Py_CLEAR(record->empty);
}

static PyObject *read_object(reader *reader, const jsrun_item *item, const path_step *outer) {
    record *record = item->integer ? &reader->records[item->integer - 1] : NULL;
    PyObject *dict = PyDict_New();
    path_step step = path_enter(outer, dict);
    if (record) record_clear(record);
    for (uint32_t i = 0; dict && i < item->count; i++) {
        PyObject *key = property_names_from_js(reader->runtime, reader->entry, reader->next++);
        if (record && key) record->names[record->count++] = Py_NewRef(key);
        step.key = key;
        PyObject *value = key ? read_value(reader, &step) : NULL;
        if (!value || PyDict_SetItem(dict, key, value) < 0) Py_CLEAR(dict);
        Py_XDECREF(key);
        Py_XDECREF(value);
    }
    return dict;
}

/* A dict with the names of a record. To copy one takes a third of the time of adding the names one
 * by one to a dict that grows. */
static PyObject *new_record(record *record) {
    if (record->empty) return PyDict_Copy(record->empty);
    PyObject *dict = PyDict_New();
    for (uint32_t i = 0; dict && i < record->count; i++)
        if (PyDict_SetItem(dict, record->names[i], Py_None) < 0) Py_CLEAR(dict);
    record->empty = dict;
    return dict ? PyDict_Copy(dict) : NULL;
}

static PyObject *read_record(reader *reader, const jsrun_item *item, const path_step *outer) {
    record *record = &reader->records[item->integer - 1];
    PyObject *dict = new_record(record);
    path_step step = path_enter(outer, dict);
    for (uint32_t i = 0; dict && i < item->count; i++) {
        step.key = record->names[i];
        PyObject *value = read_value(reader, &step);
        if (!value || PyDict_SetItem(dict, step.key, value) < 0) Py_CLEAR(dict);
        Py_XDECREF(value);
    }
    return dict;
}

/* Python's own message ("unhashable type: 'list'") does not say where. */
static void explain_unhashable(reader *reader, PyObject *member, const char *what,
                               const path_step *outer) {
    if (!PyErr_ExceptionMatches(PyExc_TypeError)) return;
    PyErr_Clear();
    path_raise(reader->runtime->state->errors[ERROR_CONVERSION],
               PyUnicode_FromFormat("%s becomes a '%s', which is not hashable", what,
                                    Py_TYPE(member)->tp_name),
               outer);
}

static PyObject *read_set(reader *reader, uint32_t count, const path_step *outer) {
    PyObject *set = PySet_New(NULL);
    path_step step = path_enter(outer, set);
    for (uint32_t i = 0; set && i < count; i++) {
        PyObject *value = read_value(reader, &step);
        if (!value) {
            Py_CLEAR(set);
        } else if (PySet_Add(set, value) < 0) {
            explain_unhashable(reader, value, "a member of the Set", outer);
            Py_CLEAR(set);
        }
        Py_XDECREF(value);
    }
    return set;
}

static PyObject *read_map(reader *reader, uint32_t count, const path_step *outer) {
    PyObject *dict = PyDict_New();
    path_step step = path_enter(outer, dict);
    for (uint32_t i = 0; dict && i < count; i++) {
        step.key = NULL;
        PyObject *key = read_value(reader, &step);
        step.key = key;
        PyObject *value = key ? read_value(reader, &step) : NULL;
        if (!value) {
            Py_CLEAR(dict);
        } else if (PyDict_SetItem(dict, key, value) < 0) {
            explain_unhashable(reader, key, "a key of the Map", outer);
            Py_CLEAR(dict);
        }
        Py_XDECREF(key);
        Py_XDECREF(value);
    }
    return dict;
}

static PyObject *read_container(reader *reader, const jsrun_item *item, const path_step *outer) {
    if (Py_EnterRecursiveCall(" while converting a value from JavaScript") != 0) return NULL;
    PyObject *result;
    switch (item->kind) {
    case JSRUN_KIND_ARRAY:
        result = read_array(reader, item->count, outer);
        break;
    case JSRUN_KIND_OBJECT:
        result = read_object(reader, item, outer);
        break;
    case JSRUN_KIND_RECORD:
        result = read_record(reader, item, outer);
        break;
    case JSRUN_KIND_SET:
        result = read_set(reader, item->count, outer);
        break;
    default:
        result = read_map(reader, item->count, outer);
        break;
    }
    Py_LeaveRecursiveCall();
    return result;
}

/* --- everything else -------------------------------------------------------------------------- */

static PyObject *read_bytes(reader *reader, jsrun_value value, const path_step *outer) {
    if (reader->runtime->limits.views)
        return buffer_from_js(reader->runtime, reader->entry, value, outer);
    size_t length = jsrun_bytes_length(value);
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)length);
    if (bytes) jsrun_bytes_copy(value, PyBytes_AS_STRING(bytes));
    return bytes;
}

static PyObject *read_function(reader *reader, const jsrun_item *item) {
    jsrun_value receiver = item->count ? (reader->next++)->value : NULL;
    return function_new(reader->runtime, reader->entry, item->value, receiver);
}

/* The walk has not counted the texts of errors, which getters may make. */
static bool count_error(reader *reader, const jsrun_exception *error) {
    enum { FRAME_BYTES = 64 };
    size_t size = jsrun_string_length(error->message) + error->frame_count * FRAME_BYTES;
    if (error->stack) size += jsrun_string_length(error->stack);
    if (size > reader->bytes_left) {
        size_t limit = reader->runtime->limits.bytes;
        PyErr_Format(reader->runtime->state->errors[ERROR_CONVERSION_LIMIT],
                     "Size (%zu bytes) exceeded maximum limit of %zu bytes "
                     "(RuntimeConfig.max_serialization_bytes)",
                     limit - reader->bytes_left + size, limit);
        return false;
    }
    reader->bytes_left -= size;
    return true;
}

static PyObject *read_error(reader *reader, const jsrun_item *item) {
    PyObject *known = thrown_find(reader->runtime, item->value);
    if (known) return known;
    const jsrun_exception *described;
    jsrun_status status = jsrun_error_describe(reader->entry, item->value, &described);
    if (status != JSRUN_EXCEPTION) {
        errors_raise(reader->runtime, reader->entry, status);
        return NULL;
    }
    if (!count_error(reader, described)) return NULL;
    return errors_from_js(reader->runtime, reader->entry, described);
}

static PyObject *read_value(reader *reader, const path_step *outer) {
    const jsrun_item *item = reader->next++;
    switch (item->kind) {
    case JSRUN_KIND_UNDEFINED:
        return Py_NewRef(reader->runtime->state->undefined);
    case JSRUN_KIND_NULL:
        return Py_NewRef(Py_None);
    case JSRUN_KIND_BOOLEAN:
        return PyBool_FromLong(item->integer != 0);
    case JSRUN_KIND_INTEGER:
        return PyLong_FromLongLong(item->integer);
    case JSRUN_KIND_NUMBER:
        return PyFloat_FromDouble(item->number);
    case JSRUN_KIND_BIGINT:
        return integer_from_bigint(item->value);
    case JSRUN_KIND_STRING:
        return string_from_js(reader->entry, item->value);
    case JSRUN_KIND_BYTES:
        return read_bytes(reader, item->value, outer);
    case JSRUN_KIND_DATE:
        return dates_from_js(reader->runtime->state, item->number, outer);
    case JSRUN_KIND_FUNCTION:
        return read_function(reader, item);
    case JSRUN_KIND_ERROR:
        return read_error(reader, item);
    case JSRUN_KIND_STREAM:
        return stream_from_js(reader->runtime, reader->entry, item->value);
    case JSRUN_KIND_PROMISE:
        path_raise(reader->runtime->state->errors[ERROR_CONVERSION],
                   PyUnicode_FromString("cannot convert Promise to Python"), outer);
        return NULL;
    default:
        return read_container(reader, item, outer);
    }
}

/* --- what a walk failed with ------------------------------------------------------------------ */

static void raise_walk_error(runtime_object *runtime, jsrun_entry *entry, const jsrun_items *items,
                             const jsrun_walk_report *report) {
    PyObject *limit = runtime->state->errors[ERROR_CONVERSION_LIMIT];
    switch (report->error) {
    case JSRUN_WALK_TOO_DEEP:
        PyErr_Format(limit,
                     "Depth exceeded maximum limit of %u (RuntimeConfig.max_serialization_depth)",
                     runtime->limits.depth);
        break;
    case JSRUN_WALK_TOO_LARGE:
        PyErr_Format(limit,
                     "Size (%zu bytes) exceeded maximum limit of %zu bytes "
                     "(RuntimeConfig.max_serialization_bytes)",
                     items->bytes, runtime->limits.bytes);
        break;
    case JSRUN_WALK_STRING_SIZE:
        PyErr_Format(
            limit, "String size limit exceeded: %zu > %zu (RuntimeConfig.max_serialization_bytes)",
            items->bytes, runtime->limits.bytes);
        break;
    case JSRUN_WALK_CIRCULAR:
        PyErr_Format(limit, "circular reference (at %s)", report->path);
        break;
    case JSRUN_WALK_UNSUPPORTED:
        PyErr_Format(runtime->state->errors[ERROR_CONVERSION],
                     "cannot convert %s to Python (at %s)", report->what, report->path);
        break;
    case JSRUN_WALK_STOPPED:
        errors_raise(runtime, entry, report->status);
        break;
    default:
        PyErr_NoMemory();
        break;
    }
}

static void walk(jsrun_entry *entry, jsrun_value value, const jsrun_limits *limits,
                 js_reading *reading) {
    jsrun_items_init(&reading->items);
    reading->is_walked = jsrun_walk(entry, value, limits, &reading->items, &reading->report);
}

PyObject *from_js_finish(runtime_object *runtime, jsrun_entry *entry, js_reading *reading) {
    PyObject *result = NULL;
    if (reading->is_walked) {
        record records[JSRUN_RECORD_PLACES];
        for (size_t i = 0; i < JSRUN_RECORD_PLACES; i++)
            records[i].empty = NULL, records[i].count = 0;
        size_t limit = runtime->limits.bytes, used = reading->items.bytes;
        reader reader = {runtime, entry, reading->items.items, records,
                         limit > used ? limit - used : 0};
        result = read_value(&reader, NULL);
        for (size_t i = 0; i < JSRUN_RECORD_PLACES; i++) record_clear(&records[i]);
    } else {
        raise_walk_error(runtime, entry, &reading->items, &reading->report);
    }
    jsrun_items_free(&reading->items);
    return result;
}

PyObject *from_js_within(runtime_object *runtime, jsrun_entry *entry, jsrun_value value,
                         size_t *bytes) {
    js_reading reading;
    jsrun_limits limits = {runtime->limits.depth, *bytes, runtime->limits.views};
    walk(entry, value, &limits, &reading);
    if (reading.is_walked) *bytes -= reading.items.bytes;
    return from_js_finish(runtime, entry, &reading);
}

/* --- without the GIL -------------------------------------------------------------------------- */

static bool is_plain(const jsrun_item *item) { return item->kind <= JSRUN_KIND_NUMBER; }

bool from_js_start(runtime_object *runtime, jsrun_entry *entry, jsrun_value value,
                   js_reading *reading, plain_value *plain) {
    jsrun_limits limits = runtime->limits;
    if (limits.bytes >= JSRUN_ITEM_BYTES && jsrun_read(entry, value, &plain->item)) return true;
    walk(entry, value, &limits, reading);
    if (!reading->is_walked || reading->items.count != 1) return false;
    plain->item = reading->items.items[0];
    if (is_plain(&plain->item)) return true;
    return plain->item.kind == JSRUN_KIND_STRING &&
           text_start(entry, plain->item.value, &plain->text);
}

void from_js_drop(plain_value *plain) {
    if (plain->item.kind == JSRUN_KIND_STRING) text_drop(&plain->text);
}

PyObject *from_js_plain(runtime_object *runtime, plain_value *plain) {
    if (plain->item.kind == JSRUN_KIND_STRING) return text_finish(&plain->text);
    reader reader = {runtime, NULL, &plain->item, NULL, 0};
    return read_value(&reader, NULL);
}

PyObject *from_js(runtime_object *runtime, jsrun_entry *entry, jsrun_value value) {
    jsrun_item item;
    size_t bytes = runtime->limits.bytes;
    if (!value) return PyErr_NoMemory();
    if (bytes >= JSRUN_ITEM_BYTES && jsrun_read(entry, value, &item)) {
        reader reader = {runtime, entry, &item, NULL, 0};
        return read_value(&reader, NULL);
    }
    return from_js_within(runtime, entry, value, &bytes);
}
