/* JavaScript values inside a job: making them, and reading them.
 *
 * All functions: on the job's thread, with its entry. None of them runs JavaScript of a script and
 * none blocks, so the host lock may be held and is not touched. A function that makes a value
 * returns NULL if V8 refuses one of that size or memory has run out; where that can happen it is
 * said below. Strings are sequences of UTF-16 code units; lone surrogates are kept. */
#ifndef JSRUN_VALUE_H
#define JSRUN_VALUE_H

#include "jsrun/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- scopes: values made between open and close end with it ----------------------------------- */

typedef struct jsrun_scope {
    void *storage[4];
} jsrun_scope;

void jsrun_scope_open(jsrun_entry *entry, jsrun_scope *scope);
void jsrun_scope_close(jsrun_scope *scope);

/* --- making ----------------------------------------------------------------------------------- */

jsrun_value jsrun_undefined(jsrun_entry *entry);
jsrun_value jsrun_null(jsrun_entry *entry);
jsrun_value jsrun_boolean(jsrun_entry *entry, bool value);
jsrun_value jsrun_integer(jsrun_entry *entry, int32_t value);
jsrun_value jsrun_number(jsrun_entry *entry, double value);

/* sign and magnitude, least significant word first. NULL: more digits than V8 allows. */
jsrun_value jsrun_bigint(jsrun_entry *entry, bool negative, const uint64_t *words, size_t count);

/* A new array of these. */
jsrun_value jsrun_array_of(jsrun_entry *entry, const jsrun_value *elements, size_t count);

/* The characters are copied. NULL: longer than V8 allows. */
jsrun_value jsrun_string_latin1(jsrun_entry *entry, const uint8_t *characters, size_t length);
jsrun_value jsrun_string_utf16(jsrun_entry *entry, const uint16_t *characters, size_t length);
/* From UTF-8 that ends with NUL; for the host's own texts. */
jsrun_value jsrun_string_text(jsrun_entry *entry, const char *text);

/* An array of `length` holes, to be filled in order with jsrun_array_set(). */
jsrun_value jsrun_array(jsrun_entry *entry, uint32_t length);
void jsrun_array_set(jsrun_entry *entry, jsrun_value array, uint32_t index, jsrun_value value);

/* The global object of the runtime's context: what scripts know as globalThis. */
jsrun_value jsrun_global(jsrun_entry *entry);

/* An empty object, and an own data property of it. `key` is a string; setters never run, and
 * "__proto__" is a key like any other. False: the object has a property of that name which cannot
 * be changed. */
jsrun_value jsrun_object(jsrun_entry *entry);
bool jsrun_object_define(jsrun_entry *entry, jsrun_value object, jsrun_value key,
                         jsrun_value value);

void jsrun_object_delete(jsrun_entry *entry, jsrun_value object, jsrun_value key);

/* Whether scripts see `value`, a plain property of the global object, under its name, which is an
 * identifier or a reserved word: a lexical declaration (let, const, class) of that name would hide
 * it. */
bool jsrun_global_shows(jsrun_entry *entry, jsrun_value name, jsrun_value value);

/* A Uint8Array over an ArrayBuffer of its own. The bytes are copied. NULL: out of memory. */
jsrun_value jsrun_bytes(jsrun_entry *entry, const void *bytes, size_t length);

/* Milliseconds since 1970-01-01 UTC. NULL: outside of the range of a Date. */
jsrun_value jsrun_date(jsrun_entry *entry, double milliseconds);

/* A Set, filled in order. */
jsrun_value jsrun_set(jsrun_entry *entry);
void jsrun_set_add(jsrun_entry *entry, jsrun_value set, jsrun_value value);

/* A new Error. `name` becomes its own `name`; NULL leaves "Error". */
jsrun_value jsrun_error(jsrun_entry *entry, jsrun_value name, jsrun_value message);
/* Makes a string the `stack` of an Error of the host's. */
void jsrun_error_set_stack(jsrun_entry *entry, jsrun_value error, jsrun_value stack);

/* A function that calls the host's `call` with `number`. `name`: its name in stack traces; a
 * string. A script cannot read or change the number. */
jsrun_value jsrun_host_function_new(jsrun_entry *entry, uint32_t number, jsrun_value name);

/* --- reading ---------------------------------------------------------------------------------- */

size_t jsrun_string_length(jsrun_value string);  /* in UTF-16 code units */
bool jsrun_string_is_latin1(jsrun_value string); /* stored with one byte for each character */
/* Copies jsrun_string_length() characters; latin1 only when jsrun_string_is_latin1(). */
void jsrun_string_copy_part_latin1(jsrun_entry *entry, jsrun_value string, size_t length,
                                   uint8_t *characters); /* the first `length` of them */
void jsrun_string_copy_latin1(jsrun_entry *entry, jsrun_value string, uint8_t *characters);
void jsrun_string_copy_utf16(jsrun_entry *entry, jsrun_value string, uint16_t *characters);

/* The UTF-16 code units of a string that is not Latin-1, read in place if this V8 permits it: V8
 * must not be called until they are closed. False: out of memory, and there is nothing to close. */
typedef struct jsrun_units {
    const uint16_t *units; /* jsrun_string_length() */
    void *storage[4];
} jsrun_units;

bool jsrun_units_open(jsrun_entry *entry, jsrun_value string, jsrun_units *units);
void jsrun_units_close(jsrun_units *units);

/* How many 64-bit words a BigInt has, and the words, least significant first. */
size_t jsrun_bigint_word_count(jsrun_value bigint);
void jsrun_bigint_copy(jsrun_value bigint, bool *negative, uint64_t *words, size_t count);

/* Of an ArrayBuffer, SharedArrayBuffer, typed array or DataView. */
size_t jsrun_bytes_length(jsrun_value bytes);
void jsrun_bytes_copy(jsrun_value bytes, void *to);

/* A copy in UTF-8 that ends with NUL, from malloc(): the caller frees it. Lone surrogates become
 * U+FFFD. *length, unless `length` is NULL, is the bytes before the NUL; the string may have NULs
 * in it. NULL: out of memory. */
char *jsrun_string_to_utf8(jsrun_entry *entry, jsrun_value string, size_t *length);

bool jsrun_is_string(jsrun_value value);
/* An element of an array that this library has made; no script runs. NULL: out of memory. */
jsrun_value jsrun_array_get(jsrun_entry *entry, jsrun_value array, uint32_t index);

bool jsrun_is_object(jsrun_value value); /* functions are objects, too */
bool jsrun_is_function(jsrun_value value);
/* A function's name as debuggers show it, without running JavaScript; a string, empty if it has
 * none. */
jsrun_value jsrun_function_name(jsrun_entry *entry, jsrun_value function);
bool jsrun_is_promise(jsrun_value value);
/* Whether it is a number that V8 keeps in the handle itself: most integers are, up to 2^30 at
 * least. */
bool jsrun_is_small_integer(jsrun_value value, int32_t *integer);
bool jsrun_same(jsrun_value left, jsrun_value right); /* === , without running JavaScript */

/* --- names ---------------------------------------------------------------------------------------
 *
 * The same few names of properties occur again and again, so they have numbers. A host that keeps
 * an object of its own for a number need not make it again, nor the string for JavaScript. */

enum { JSRUN_NAMES = 512 };

/* The number of a name, 1 … JSRUN_NAMES; 0: it has none, because it is long or there is no room.
 * `name` is a string that jsrun_internalized() gave, or a key of a walk. */
uint32_t jsrun_name_number(jsrun_entry *entry, jsrun_value name);
jsrun_value jsrun_name(jsrun_entry *entry, uint32_t number);
/* The string that JavaScript uses for a name, if the name is short. */
jsrun_value jsrun_internalized(jsrun_entry *entry, jsrun_value string);
/* At the start of a job. True: there were too many names, and all numbers have lost their
 * meaning. */
bool jsrun_names_renew(jsrun_entry *entry);

/* --- walking ---------------------------------------------------------------------------------- */

typedef enum jsrun_kind {
    JSRUN_KIND_UNDEFINED,
    JSRUN_KIND_NULL,
    JSRUN_KIND_BOOLEAN, /* integer: 0 or 1 */
    JSRUN_KIND_INTEGER, /* integer: a Number without fraction, of the safe range, not -0 */
    JSRUN_KIND_NUMBER,  /* number: any other Number */
    JSRUN_KIND_BIGINT,  /* value */
    JSRUN_KIND_STRING,  /* value */
    JSRUN_KIND_BYTES,   /* value: ArrayBuffer, SharedArrayBuffer, typed array, DataView */
    JSRUN_KIND_DATE,    /* number: milliseconds since 1970 UTC; NaN for an invalid one */
    /* value; if `count` is 1 the next item's value is its receiver (a method) */
    JSRUN_KIND_FUNCTION,
    JSRUN_KIND_ERROR, /* value */
    JSRUN_KIND_ARRAY, /* `count` values follow */
    JSRUN_KIND_SET,   /* `count` values follow */
    /* `count` pairs follow: a STRING item, whose count is the name's number or 0; then a value */
    JSRUN_KIND_OBJECT,
    JSRUN_KIND_MAP, /* `count` pairs follow: a value, then a value */
    /* `count` values follow, of an object whose names are those of one before; see below */
    JSRUN_KIND_RECORD,
    JSRUN_KIND_PROMISE, /* value */
    JSRUN_KIND_STREAM,  /* value: a ReadableStream */
} jsrun_kind;

/* Objects that come together often have the same names. An OBJECT whose `integer` is 1 …
 * JSRUN_RECORD_PLACES takes this place; a RECORD has the names, in the same order, of the OBJECT
 * that took the place of its `integer` last. Neither has more than JSRUN_RECORD_NAMES. An OBJECT
 * whose `integer` is 0 takes none. */
enum { JSRUN_RECORD_PLACES = 8, JSRUN_RECORD_NAMES = 32 };

typedef struct jsrun_item {
    jsrun_kind kind;
    uint32_t count;
    union {
        int64_t integer;
        double number;
        jsrun_value value;
    };
} jsrun_item;

/* A value and all it contains, in the order of a depth-first walk: what the host needs in order
 * to make its own objects without running any JavaScript while it holds its lock. */
typedef struct jsrun_items {
    jsrun_item *items; /* `few`, or owned by the library; jsrun_items_free() */
    size_t count;
    size_t capacity;
    size_t bytes; /* size of the value, as counted against the limit */
    jsrun_item few[8];
} jsrun_items;

/* No items yet. (To zero them all would take longer than to read a number.) */
static inline void jsrun_items_init(jsrun_items *items) {
    items->items = items->few;
    items->count = items->bytes = 0;
    items->capacity = sizeof items->few / sizeof *items->few;
}

/* What every value counts for, besides the bytes of a string, a buffer or a BigInt. */
enum { JSRUN_ITEM_BYTES = 8 };

typedef struct jsrun_limits {
    uint32_t depth; /* how many containers may be inside one another */
    size_t bytes;
    bool views; /* the host does not copy buffers, so what is in them does not count */
} jsrun_limits;

typedef enum jsrun_walk_error {
    JSRUN_WALK_OK,
    JSRUN_WALK_TOO_DEEP,
    JSRUN_WALK_TOO_LARGE,   /* items.bytes tells how large, as far as it was read */
    JSRUN_WALK_STRING_SIZE, /* one string alone is larger than the limit; items.bytes is its size */
    JSRUN_WALK_CIRCULAR,
    JSRUN_WALK_UNSUPPORTED, /* `what` tells: "Symbol", "WeakMap", … */
    JSRUN_WALK_STOPPED,     /* a getter or proxy threw, or was stopped; `status` tells */
    JSRUN_WALK_NO_MEMORY,
} jsrun_walk_error;

typedef struct jsrun_walk_report {
    jsrun_walk_error error;
    jsrun_status status; /* of JSRUN_WALK_STOPPED */
    char what[64];       /* the kind of value that cannot be converted; UTF-8 */
    /* Where: "$.a[3].b"; UTF-8, cut with "…" when longer. Of JSRUN_WALK_STOPPED it may be the
     * object whose getter it was. */
    char path[256];
} jsrun_walk_report;

/* The item of a value that needs only one: undefined, null, a boolean or a Number. False: it is
 * another value. */
bool jsrun_read(jsrun_entry *entry, jsrun_value value, jsrun_item *item);

/* Walks `value` into `items` (initialized by the caller; freed by the caller in every case).
 * Getters and proxies of scripts may run: the host lock is released for that, except for primitive
 * values. Returns true, or false and *report. The values in the items live as long as the entry's
 * current scope. */
bool jsrun_walk(jsrun_entry *entry, jsrun_value value, const jsrun_limits *limits,
                jsrun_items *items, jsrun_walk_report *report);
void jsrun_items_free(jsrun_items *items);

/* --- keeping ---------------------------------------------------------------------------------- */

/* A JavaScript value that the host keeps across jobs: a slot of the runtime's table. The generation
 * makes a stale handle detectable. Plain data: copy freely. {0, 0} is never a handle. */
typedef struct jsrun_handle {
    uint32_t slot;
    uint32_t generation;
} jsrun_handle;

/* Returns {0, 0} if memory has run out. The handle ends with jsrun_handle_drop() or with the
 * runtime. */
jsrun_handle jsrun_handle_new(jsrun_entry *entry, jsrun_value value);

/* NULL: the handle was dropped. */
jsrun_value jsrun_handle_get(jsrun_entry *entry, jsrun_handle handle);

/* Any thread, with or without the host lock; never blocks, never takes the isolate: the slot is
 * freed by the next job. Dropping twice, or after the runtime closed, does nothing. */
void jsrun_handle_drop(jsrun_runtime *runtime, jsrun_handle handle);

#ifdef __cplusplus
}
#endif

#endif
