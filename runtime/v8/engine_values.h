/* The boundary, downwards: values. With the isolate. See engine.h; jsrun/value.h has the rest. */
#ifndef RUNTIME_V8_ENGINE_VALUES_H
#define RUNTIME_V8_ENGINE_VALUES_H

#include <stdint.h>

#include "jsrun/view.h"
#include "v8/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- reading objects (inside engine_protect()) ----------------------------------------------- */

/* Sets kind and payload; for containers count is left 0. False: not convertible, and `what` says
 * what it is. */
bool engine_classify(jsrun_entry *entry, jsrun_value value, jsrun_item *item, char *what,
                     size_t what_size);
uint32_t engine_array_length(jsrun_value array);
/* For a value that engine_classify() calls an ARRAY: whether it is a Proxy of one, and no array
 * itself. */
bool engine_is_proxy(jsrun_value value);
/* *copy: an array of what the Proxy's traps give for its elements, or NULL if it has more than
 * `most`. False: JavaScript threw or was stopped. */
bool engine_copy_array(jsrun_entry *entry, jsrun_value proxy, uint32_t most, jsrun_value *copy);
/* Reads the elements of an array that jsrun_read() can read into `items`, from the first one on and
 * at most `capacity`. *count: how many. *next: the first that it cannot, if it is known, or NULL.
 * False: JavaScript threw or was stopped. */
bool engine_read_elements(jsrun_entry *entry, jsrun_value array, jsrun_item *items,
                          uint32_t capacity, uint32_t *count, jsrun_value *next);
/* NULL: JavaScript threw or was stopped. */
jsrun_value engine_get_index(jsrun_entry *entry, jsrun_value object, uint32_t index);
jsrun_value engine_get(jsrun_entry *entry, jsrun_value object, jsrun_value key);
/* An array of the own enumerable string keys. NULL: likewise. */
jsrun_value engine_keys(jsrun_entry *entry, jsrun_value object);
/* How many elements of an array of keys, from the first one on, are the strings of `known`, in
 * turn. */
uint32_t engine_same_keys(jsrun_entry *entry, jsrun_value keys, const jsrun_item *known,
                          uint32_t count);

/* This many values can be read at once. */
enum { ENGINE_MOST_VALUES = JSRUN_RECORD_NAMES };

/* *values: an array of the values for the `count` engine_keys() of an object. NULL: it is better
 * asked for one after the other, and if it has getters they may have run already. False: JavaScript
 * threw or was stopped. */
bool engine_values(jsrun_entry *entry, jsrun_value object, uint32_t count, jsrun_value *values);
/* Handles for what engine_read_values() will find. V8 ends those that it shows before it returns,
 * and allows no new ones until then. They are the scope's. */
typedef struct engine_spare {
    jsrun_value handles[ENGINE_MOST_VALUES];
    uint32_t count; /* 0 at first */
} engine_spare;

/* Reads up to ENGINE_MOST_VALUES of these, from the first one on, that are strings or what
 * jsrun_read() can read. Returns how many. *next: the first that is neither, or NULL. */
uint32_t engine_read_values(jsrun_entry *entry, jsrun_value values, jsrun_item *items,
                            engine_spare *spare, jsrun_value *next);
/* An array: a Set's values, or a Map's keys and values in turn. */
jsrun_value engine_elements(jsrun_entry *entry, jsrun_value collection);
/* Writes at most `size` - 1 bytes of UTF-8 and a NUL. */
void engine_text(jsrun_entry *entry, jsrun_value string, char *text, size_t size);

/* --- keeping --------------------------------------------------------------------------------- */

void *engine_global_new(jsrun_entry *entry, jsrun_value value);
jsrun_value engine_global_get(jsrun_entry *entry, void *global);
void engine_global_free(void *global);
/* The very same object. */
bool engine_global_is(void *global, jsrun_value value);
/* Of a string that is a name. */
int engine_name_hash(jsrun_value name);

/* jsrun_view_open() with the isolate, and jsrun_view_close(), without the check for a fork. */
jsrun_view_status engine_view_open(jsrun_entry *entry, jsrun_value bytes, jsrun_view *view);
void engine_view_close(jsrun_view *view);

/* --- scripts' own functions ------------------------------------------------------------------ */

typedef enum engine_builtin {
    BUILTIN_SET_TIMEOUT,
    BUILTIN_SET_INTERVAL,
    BUILTIN_CLEAR_TIMEOUT,
    BUILTIN_CLEAR_INTERVAL,
    BUILTIN_QUEUE_MICROTASK,
    BUILTIN_COUNT,
} engine_builtin;

/* In JavaScript; may run JavaScript. False: it threw, and V8 holds the exception. */
bool engine_to_int32(jsrun_entry *entry, jsrun_value value, int32_t *number);
jsrun_value engine_type_error(jsrun_entry *entry, const char *message);
void engine_queue_microtask(jsrun_entry *entry, jsrun_value function);

#ifdef __cplusplus
}
#endif

#endif
