#include "base/property_names.h"

#include "base/unicode.h"

#include "jsrun/execute.h"

/* Belongs to a runtime_object. Made on first use. */
struct name_cache {
    PyObject *strings[JSRUN_NAMES + 1]; /* by number; NULL: not yet seen on the way to Python */
    struct {
        PyObject *string; /* at a place that its address determines */
        uint32_t number;
    } known[JSRUN_NAMES];
};

static name_cache *cache_of(runtime_object *runtime) {
    if (!runtime->names) runtime->names = PyMem_Calloc(1, sizeof *runtime->names);
    return runtime->names;
}

void property_names_free(runtime_object *runtime) {
    name_cache *cache = runtime->names;
    runtime->names = NULL;
    for (size_t i = 0; cache && i <= JSRUN_NAMES; i++) Py_XDECREF(cache->strings[i]);
    for (size_t i = 0; cache && i < JSRUN_NAMES; i++) Py_XDECREF(cache->known[i].string);
    PyMem_Free(cache);
}

void property_names_prepare(runtime_object *runtime, jsrun_entry *entry) {
    if (!jsrun_names_renew(entry)) return;
    jsrun_entry_acquire_host(entry);
    property_names_free(runtime);
}

PyObject *property_names_from_js(runtime_object *runtime, jsrun_entry *entry,
                                 const jsrun_item *item) {
    name_cache *cache = item->count ? cache_of(runtime) : NULL;
    if (!cache) return string_from_js(entry, item->value);
    PyObject **place = &cache->strings[item->count];
    if (!*place) *place = string_from_js(entry, item->value);
    return Py_XNewRef(*place);
}

jsrun_value property_names_to_js(runtime_object *runtime, jsrun_entry *entry, PyObject *name) {
    name_cache *cache = cache_of(runtime);
    if (!cache) return string_to_js(entry, name);
    size_t place = ((uintptr_t)name >> 4) % JSRUN_NAMES;
    if (cache->known[place].string == name) return jsrun_name(entry, cache->known[place].number);
    jsrun_value value = string_to_js(entry, name);
    if (!value) return NULL;
    value = jsrun_internalized(entry, value);
    if (!value) return NULL;
    uint32_t number = jsrun_name_number(entry, value);
    if (number) {
        Py_XSETREF(cache->known[place].string, Py_NewRef(name));
        cache->known[place].number = number;
    }
    return value;
}
