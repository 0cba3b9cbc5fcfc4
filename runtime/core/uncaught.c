#include "core/uncaught.h"

#include <stdlib.h>

#include "core/runtime_state.h"
#include "core/scripts.h"
#include "core/stop.h"
#include "v8/embedder.h"
#include "v8/engine_inspector.h"
#include "v8/engine_promises.h"
#include "v8/engine_values.h"

/* --- keeping: JavaScript is on the stack ----------------------------------------------------- */

static void keep(jsrun_runtime *runtime, jsrun_value promise, jsrun_value value,
                 jsrun_value message) {
    uncaught_list *list = &runtime->holder.uncaught;
    jsrun_entry *entry = atomic_load_explicit(&runtime->inside.current, memory_order_relaxed);
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 8;
        uncaught *items = realloc(list->items, capacity * sizeof *items);
        if (!items) return;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = (uncaught){promise ? engine_global_new(entry, promise) : NULL,
                                            engine_global_new(entry, value),
                                            message ? engine_global_new(entry, message) : NULL};
}

static void item_free(uncaught *item) {
    if (item->promise) engine_global_free(item->promise);
    if (item->message) engine_global_free(item->message);
    engine_global_free(item->value);
}

void runtime_threw(jsrun_runtime *runtime, jsrun_value value, jsrun_value message) {
    keep(runtime, NULL, value, message);
}

void runtime_rejected(jsrun_runtime *runtime, jsrun_value promise, jsrun_value value) {
    keep(runtime, promise, value, NULL);
}

/* Most rejections are handled at once, so the search looks at the last ones only. For the others
 * uncaught_report() finds out that they are handled. */
void runtime_rejection_handled(jsrun_runtime *runtime, jsrun_value promise) {
    enum { LAST = 8 };
    uncaught_list *list = &runtime->holder.uncaught;
    jsrun_entry *entry = atomic_load_explicit(&runtime->inside.current, memory_order_relaxed);
    if (list->reporting) return;
    for (size_t at = list->count; at > 0 && at + LAST > list->count; at--) {
        uncaught *item = &list->items[at - 1];
        if (!item->promise || !jsrun_same(engine_global_get(entry, item->promise), promise))
            continue;
        item_free(item);
        list->count--;
        for (size_t next = at - 1; next < list->count; next++)
            list->items[next] = list->items[next + 1];
        return;
    }
}

/* --- telling --------------------------------------------------------------------------------- */

static void tell(jsrun_entry *entry, const uncaught *item) {
    jsrun_value value = engine_global_get(entry, item->value);
    if (item->promise) {
        if (engine_promise_has_handler(engine_global_get(entry, item->promise))) return;
        engine_tell_rejection(entry, value);
    }
    jsrun_value message = item->message ? engine_global_get(entry, item->message) : NULL;
    if (entry_describe(entry, value, message) == JSRUN_EXCEPTION) runtime_report_uncaught(entry);
}

void uncaught_report(jsrun_entry *entry) {
    jsrun_runtime *runtime = entry->runtime;
    uncaught_list *list = &runtime->holder.uncaught;
    if (list->reporting || runtime_is_stopping(runtime)) return;
    list->reporting = true;
    /* The host and getters may run JavaScript. What that throws is for the next report. */
    size_t count = list->count, told = 0;
    while (told < count && !runtime_is_stopping(runtime)) {
        jsrun_scope scope;
        uncaught item = list->items[told++];
        jsrun_scope_open(entry, &scope);
        tell(entry, &item);
        jsrun_scope_close(&scope);
        item_free(&item);
    }
    list->count -= told;
    for (size_t i = 0; i < list->count; i++) list->items[i] = list->items[told + i];
    list->reporting = false;
}

void jsrun_report_uncaught(jsrun_entry *entry) {
    if (entry->runtime->holder.uncaught.count) uncaught_report(entry);
}

void uncaught_free(jsrun_runtime *runtime) {
    uncaught_list *list = &runtime->holder.uncaught;
    for (size_t i = 0; i < list->count; i++) item_free(&list->items[i]);
    free(list->items);
    *list = (uncaught_list){0};
}
