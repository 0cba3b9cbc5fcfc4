/* The walk over a value and all that it contains. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/host_lock.h"
#include "core/runtime_state.h"
#include "core/scripts.h"
#include "v8/engine_run.h"
#include "v8/engine_values.h"

/* From this many elements on it is faster to ask V8 for all elements of an array at once. */
#define MANY 8

/* The names of the object that was read last at a depth: the next one there often has the same. */
typedef struct shape {
    uint32_t count;
    jsrun_item keys[ENGINE_MOST_VALUES];
    size_t sizes[ENGINE_MOST_VALUES]; /* their sizes, for the limit */
} shape;

/* A container that the walk is inside of. */
typedef struct level {
    jsrun_kind kind;
    jsrun_value container;
    jsrun_value list;   /* keys of an OBJECT, elements of a SET or MAP; else NULL */
    jsrun_value values; /* of an OBJECT, if they are known; its keys are then those of the shape */
    size_t item;        /* its place in the items */
    uint32_t next;
    uint32_t count;
    bool tried;  /* reading its content all at once was tried */
    bool record; /* its names are left out: they are those of the RECORD's place */
} level;

typedef struct walk {
    jsrun_entry *entry;
    jsrun_value root;
    const jsrun_limits *limits;
    jsrun_items *items;
    jsrun_walk_report *report;
    level *levels;
    size_t depth;
    size_t capacity;
    shape *shapes; /* JSRUN_RECORD_PLACES, the outermost container's first */
    engine_spare spare;
} walk;

static bool fail(walk *walk, jsrun_walk_error error) {
    walk->report->error = error;
    return false;
}

/* Makes room for `count` more items. */
static bool reserve(walk *walk, size_t count) {
    jsrun_items *items = walk->items;
    if (items->capacity - items->count >= count) return true;
    size_t capacity = items->capacity * 4;
    if (capacity < items->count + count) capacity = items->count + count;
    bool few = items->items == items->few;
    jsrun_item *grown = realloc(few ? NULL : items->items, capacity * sizeof *grown);
    if (!grown) return fail(walk, JSRUN_WALK_NO_MEMORY);
    if (few) memcpy(grown, items->few, sizeof items->few);
    items->items = grown;
    items->capacity = capacity;
    return true;
}

static inline bool append(walk *walk, jsrun_item item) {
    if (!reserve(walk, 1)) return false;
    walk->items->items[walk->items->count++] = item;
    return true;
}

static size_t payload(const walk *walk, const jsrun_item *item) {
    switch (item->kind) {
    case JSRUN_KIND_STRING:
        return jsrun_string_length(item->value) * (jsrun_string_is_latin1(item->value) ? 1 : 2);
    case JSRUN_KIND_BYTES:
        return walk->limits->views ? 0 : jsrun_bytes_length(item->value);
    case JSRUN_KIND_BIGINT:
        return jsrun_bigint_word_count(item->value) * sizeof(uint64_t);
    default:
        return 0;
    }
}

static bool count_payload(walk *walk, jsrun_kind kind, size_t bytes) {
    if (kind == JSRUN_KIND_STRING && bytes > walk->limits->bytes) {
        walk->items->bytes = bytes;
        return fail(walk, JSRUN_WALK_STRING_SIZE);
    }
    walk->items->bytes += bytes + JSRUN_ITEM_BYTES;
    return walk->items->bytes <= walk->limits->bytes || fail(walk, JSRUN_WALK_TOO_LARGE);
}

static bool count_bytes(walk *walk, const jsrun_item *item) {
    return count_payload(walk, item->kind, payload(walk, item));
}

static bool is_container(jsrun_kind kind) {
    return kind == JSRUN_KIND_ARRAY || kind == JSRUN_KIND_SET || kind == JSRUN_KIND_OBJECT ||
           kind == JSRUN_KIND_MAP;
}

static bool push(walk *walk, level level) {
    if (walk->depth == walk->capacity) {
        size_t capacity = walk->capacity ? walk->capacity * 2 : 8;
        struct level *grown = realloc(walk->levels, capacity * sizeof *grown);
        if (!grown) return fail(walk, JSRUN_WALK_NO_MEMORY);
        walk->levels = grown;
        walk->capacity = capacity;
    }
    walk->levels[walk->depth++] = level;
    return true;
}

/* The elements of a Proxy of an array, which its traps give: they may claim to be any number. */
static bool copy_elements(walk *walk, level *level) {
    size_t left = (walk->limits->bytes - walk->items->bytes) / JSRUN_ITEM_BYTES;
    uint32_t most = left < INT32_MAX ? (uint32_t)left : INT32_MAX;
    if (!engine_copy_array(walk->entry, level->container, most, &level->list))
        return fail(walk, JSRUN_WALK_STOPPED);
    if (!level->list) {
        walk->items->bytes = walk->limits->bytes + 1;
        return fail(walk, JSRUN_WALK_TOO_LARGE);
    }
    level->count = engine_array_length(level->list);
    level->tried = true;
    return true;
}

/* Goes into a container. *count is set for its item. */
static bool descend(walk *walk, jsrun_kind kind, jsrun_value container, uint32_t *count) {
    for (size_t i = 0; i < walk->depth; i++)
        if (jsrun_same(walk->levels[i].container, container))
            return fail(walk, JSRUN_WALK_CIRCULAR);
    if (walk->depth >= walk->limits->depth) return fail(walk, JSRUN_WALK_TOO_DEEP);
    level level = {.kind = kind, .container = container, .item = walk->items->count};
    if (kind == JSRUN_KIND_ARRAY && engine_is_proxy(container)) {
        if (!copy_elements(walk, &level)) return false;
    } else if (kind == JSRUN_KIND_ARRAY) {
        level.count = engine_array_length(container);
    } else {
        level.list = kind == JSRUN_KIND_OBJECT ? engine_keys(walk->entry, container)
                                               : engine_elements(walk->entry, container);
        if (!level.list) return fail(walk, JSRUN_WALK_STOPPED);
        level.count = engine_array_length(level.list);
    }
    *count = kind == JSRUN_KIND_MAP ? level.count / 2 : level.count;
    return push(walk, level);
}

static bool visit(walk *walk, jsrun_value value, jsrun_value receiver) {
    jsrun_item item;
    jsrun_walk_report *report = walk->report;
    if (!engine_classify(walk->entry, value, &item, report->what, sizeof report->what))
        return fail(walk, JSRUN_WALK_UNSUPPORTED);
    if (!count_bytes(walk, &item)) return false;
    if (item.kind == JSRUN_KIND_FUNCTION && receiver) {
        item.count = 1;
        return append(walk, item) &&
               append(walk, (jsrun_item){.kind = JSRUN_KIND_OBJECT, .value = receiver});
    }
    if (is_container(item.kind)) {
        if (!descend(walk, item.kind, value, &item.count)) return false;
        item.integer = 0;
    }
    return append(walk, item);
}

/* Reads the first elements of an array at once, up to the first that needs more than an item. */
static bool read_elements(walk *walk, level *level) {
    jsrun_items *items = walk->items;
    size_t left = (walk->limits->bytes - items->bytes) / JSRUN_ITEM_BYTES;
    uint32_t capacity = level->count < left ? level->count : (uint32_t)left;
    uint32_t count;
    jsrun_value next;
    if (!reserve(walk, capacity)) return false;
    if (!engine_read_elements(walk->entry, level->container, items->items + items->count, capacity,
                              &count, &next))
        return fail(walk, JSRUN_WALK_STOPPED);
    items->count += count;
    items->bytes += (size_t)count * JSRUN_ITEM_BYTES;
    level->next = count;
    if (!next || count == level->count) return true;
    level->next++;
    return visit(walk, next, NULL);
}

static jsrun_item key_item(walk *walk, jsrun_value key) {
    return (jsrun_item){
        .kind = JSRUN_KIND_STRING, .value = key, .count = jsrun_name_number(walk->entry, key)};
}

/* Gives the shape this object's keys. If it has had the same ones, the object is a record: its
 * names need not be listed again. */
static bool learn_shape(walk *walk, level *level, shape *shape) {
    uint32_t known = shape->count < level->count ? shape->count : level->count;
    uint32_t same = engine_same_keys(walk->entry, level->list, shape->keys, known);
    level->record = same == shape->count && same == level->count;
    shape->count = same;
    for (uint32_t i = shape->count; i < level->count; i++) {
        jsrun_value key = engine_get_index(walk->entry, level->list, i);
        if (!key) return fail(walk, JSRUN_WALK_STOPPED);
        shape->keys[i] = key_item(walk, key);
        shape->sizes[i] = payload(walk, &shape->keys[i]);
        shape->count = i + 1;
    }
    return true;
}

static bool append_key(walk *walk, const level *level, uint32_t at) {
    const shape *shape = &walk->shapes[walk->depth - 1];
    return count_payload(walk, JSRUN_KIND_STRING, shape->sizes[at]) &&
           (level->record || append(walk, shape->keys[at]));
}

/* Reads the first properties of an object at once, up to the first that needs more than an item. */
static bool read_properties(walk *walk, level *level) {
    if (level->count > ENGINE_MOST_VALUES || walk->depth > JSRUN_RECORD_PLACES) return true;
    jsrun_item values[ENGINE_MOST_VALUES];
    jsrun_value next;
    if (!engine_values(walk->entry, level->container, level->count, &level->values))
        return fail(walk, JSRUN_WALK_STOPPED);
    if (!level->values) return true;
    if (!learn_shape(walk, level, &walk->shapes[walk->depth - 1])) return false;
    jsrun_item *item = &walk->items->items[level->item];
    if (level->record) item->kind = JSRUN_KIND_RECORD;
    item->integer = (int64_t)walk->depth;

    uint32_t count = engine_read_values(walk->entry, level->values, values, &walk->spare, &next);
    while (level->next < count) {
        uint32_t at = level->next++;
        if (!append_key(walk, level, at) || !count_bytes(walk, &values[at]) ||
            !append(walk, values[at]))
            return false;
    }
    if (!next) return true;
    jsrun_value object = level->container; /* visit() may move the levels */
    uint32_t at = level->next++;
    return append_key(walk, level, at) && visit(walk, next, object);
}

static bool step_property(walk *walk, level *level) {
    jsrun_value object = level->container;
    uint32_t at = level->next++;
    if (level->values) {
        jsrun_value value = engine_get_index(walk->entry, level->values, at);
        if (!value) return fail(walk, JSRUN_WALK_STOPPED);
        return append_key(walk, level, at) && visit(walk, value, object);
    }
    jsrun_value key = engine_get_index(walk->entry, level->list, at);
    if (!key) return fail(walk, JSRUN_WALK_STOPPED);
    jsrun_item item = key_item(walk, key);
    if (!count_bytes(walk, &item) || !append(walk, item)) return false;
    jsrun_value value = engine_get(walk->entry, object, key);
    if (!value) return fail(walk, JSRUN_WALK_STOPPED);
    return visit(walk, value, object);
}

/* The next child of the innermost container. */
static bool step(walk *walk) {
    level *level = &walk->levels[walk->depth - 1];
    bool object = level->kind == JSRUN_KIND_OBJECT;
    if (!level->tried && (object || (level->kind == JSRUN_KIND_ARRAY && level->count >= MANY))) {
        level->tried = true;
        return object ? read_properties(walk, level) : read_elements(walk, level);
    }
    if (object) return step_property(walk, level);
    jsrun_value from = level->list ? level->list : level->container;
    jsrun_value child = engine_get_index(walk->entry, from, level->next++);
    return child ? visit(walk, child, NULL) : fail(walk, JSRUN_WALK_STOPPED);
}

static bool walk_all(void *data) {
    walk *walk = data;
    if (!visit(walk, walk->root, NULL)) return false;
    while (walk->depth) {
        level *level = &walk->levels[walk->depth - 1];
        if (level->next == level->count)
            walk->depth--;
        else if (!step(walk))
            return false;
    }
    return true;
}

/* --- where it went wrong --------------------------------------------------------------------- */

static bool is_identifier(const char *text) {
    if (!*text || (*text >= '0' && *text <= '9')) return false;
    for (; *text; text++) {
        bool letter = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z');
        if (!letter && !(*text >= '0' && *text <= '9') && *text != '_' && *text != '$')
            return false;
    }
    return true;
}

static void step_text(walk *walk, const level *level, char *text, size_t size) {
    uint32_t at = level->next - 1;
    if (level->kind == JSRUN_KIND_OBJECT) {
        char name[80] = "?";
        jsrun_value key = engine_get_index(walk->entry, level->list, at);
        if (key) engine_text(walk->entry, key, name, sizeof name);
        snprintf(text, size, is_identifier(name) ? ".%s" : "[\"%s\"]", name);
    } else {
        snprintf(text, size, "[%u]", level->kind == JSRUN_KIND_MAP ? at / 2 : at);
    }
}

/* The levels that are in a child lead to the place. */
static bool write_path(void *data) {
    walk *walk = data;
    char *path = walk->report->path;
    size_t room = sizeof walk->report->path;
    size_t used = (size_t)snprintf(path, room, "$");
    for (size_t i = 0; i < walk->depth; i++) {
        char text[96];
        if (walk->levels[i].next == 0) break;
        step_text(walk, &walk->levels[i], text, sizeof text);
        if (used + strlen(text) + sizeof "…" > room) {
            snprintf(path + used, room - used, "…");
            return true;
        }
        used += (size_t)snprintf(path + used, room - used, "%s", text);
    }
    return true;
}

/* --- all of it ------------------------------------------------------------------------------- */

static bool is_primitive(jsrun_entry *entry, jsrun_value value, jsrun_item *item) {
    char ignored[8];
    return engine_classify(entry, value, item, ignored, sizeof ignored) &&
           item->kind <= JSRUN_KIND_BYTES;
}

bool jsrun_walk(jsrun_entry *entry, jsrun_value value, const jsrun_limits *limits,
                jsrun_items *items, jsrun_walk_report *report) {
    shape shapes[JSRUN_RECORD_PLACES];
    walk walk = {.entry = entry,
                 .root = value,
                 .limits = limits,
                 .items = items,
                 .report = report,
                 .shapes = shapes};
    jsrun_item item;
    report->error = JSRUN_WALK_OK;
    report->status = JSRUN_OK;
    report->what[0] = report->path[0] = 0;
    if (is_primitive(entry, value, &item)) {
        strcpy(report->path, "$");
        return count_bytes(&walk, &item) && append(&walk, item);
    }

    for (size_t i = 0; i < JSRUN_RECORD_PLACES; i++) shapes[i].count = 0;
    host_lock before = entry_offer_host(entry);
    runtime_start_script(entry->runtime);
    engine_outcome outcome = engine_protect(entry, walk_all, &walk);
    if (outcome != ENGINE_OK) {
        if (report->error == JSRUN_WALK_OK) report->error = JSRUN_WALK_STOPPED;
        if (report->error == JSRUN_WALK_STOPPED) report->status = entry_status_of(entry, outcome);
        if (outcome != ENGINE_TERMINATED) (void)engine_protect(entry, write_path, &walk);
    }
    runtime_finish_script(entry->runtime);
    entry_restore_host(entry, before);
    free(walk.levels);
    return outcome == ENGINE_OK;
}

void jsrun_items_free(jsrun_items *items) {
    if (items->items != items->few) free(items->items);
    jsrun_items_init(items);
}
