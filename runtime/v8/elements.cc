// Reading many elements of an array in one call of V8's.
//
// Array::Iterate() came with V8 12. Before, asking for one element after the other is the quickest.

#include "v8/engine_values.h"
#include "v8/isolate.h"
#include "v8/native.h"

using namespace jsrun;

#if V8_AT_LEAST(12, 0)

namespace {

struct Elements {
    jsrun_entry *entry;
    jsrun_item *items;
    uint32_t capacity;
    uint32_t count;
    v8::Global<v8::Value> next; // the value's handle is V8's, which ends it
};

v8::Array::CallbackResult ReadElement(uint32_t, v8::Local<v8::Value> value, void *data) {
    auto *elements = static_cast<Elements *>(data);
    if (elements->count < elements->capacity) {
        if (jsrun_read(elements->entry, Wrap(value), &elements->items[elements->count])) {
            elements->count++;
            return v8::Array::CallbackResult::kContinue;
        }
    }
    elements->next.Reset(IsolateOf(elements->entry), value);
    return v8::Array::CallbackResult::kBreak;
}

struct KnownKeys {
    const jsrun_item *known;
    uint32_t count;
    uint32_t same;
};

v8::Array::CallbackResult CompareKey(uint32_t, v8::Local<v8::Value> key, void *data) {
    auto *keys = static_cast<KnownKeys *>(data);
    if (keys->same == keys->count || // names of properties are internalized
        ContentOf(keys->known[keys->same].value) != ContentOf(Wrap(key)))
        return v8::Array::CallbackResult::kBreak;
    keys->same++;
    return v8::Array::CallbackResult::kContinue;
}

struct Values {
    jsrun_entry *entry;
    jsrun_item *items;
    engine_spare *spare;
    uint32_t count;
    jsrun_value next;
};

v8::Array::CallbackResult ReadValue(uint32_t, v8::Local<v8::Value> value, void *data) {
    auto *values = static_cast<Values *>(data);
    jsrun_item *item = &values->items[values->count];
    if (!jsrun_read(values->entry, Wrap(value), item)) {
        jsrun_value kept = values->spare->handles[--values->spare->count];
        ContentOf(kept) = ContentOf(Wrap(value));
        if (!value->IsString()) {
            values->next = kept;
            return v8::Array::CallbackResult::kBreak;
        }
        item->kind = JSRUN_KIND_STRING;
        item->value = kept;
    }
    values->count++;
    return values->count < ENGINE_MOST_VALUES ? v8::Array::CallbackResult::kContinue
                                              : v8::Array::CallbackResult::kBreak;
}

} // namespace

bool engine_read_elements(jsrun_entry *entry, jsrun_value array, jsrun_item *items,
                          uint32_t capacity, uint32_t *count, jsrun_value *next) {
    Elements elements = {entry, items, capacity, 0, {}};
    bool read =
        Unwrap<v8::Array>(array)->Iterate(ContextOf(entry), ReadElement, &elements).IsJust();
    *count = elements.count;
    *next = elements.next.IsEmpty() ? nullptr : Wrap(elements.next.Get(IsolateOf(entry)));
    return read;
}

uint32_t engine_same_keys(jsrun_entry *entry, jsrun_value keys, const jsrun_item *known,
                          uint32_t count) {
    KnownKeys data = {known, count, 0};
    return Unwrap<v8::Array>(keys)->Iterate(ContextOf(entry), CompareKey, &data).IsJust()
               ? data.same
               : 0;
}

bool engine_values(jsrun_entry *entry, jsrun_value object, uint32_t count, jsrun_value *values) {
    v8::Local<v8::Value> argument = Unwrap(object), made;
    v8::Local<v8::Context> context = ContextOf(entry);
    *values = nullptr;
    if (argument->IsProxy()) return true;
    if (!ObjectValuesOf(context)->Call(context, argument, 1, &argument).ToLocal(&made))
        return false;
    // A getter may have deleted other properties.
    if (made->IsArray() && made.As<v8::Array>()->Length() == count) *values = Wrap(made);
    return true;
}

uint32_t engine_read_values(jsrun_entry *entry, jsrun_value values, jsrun_item *items,
                            engine_spare *spare, jsrun_value *next) {
    v8::Isolate *isolate = IsolateOf(entry);
    while (spare->count < ENGINE_MOST_VALUES)
        spare->handles[spare->count++] =
            Wrap(v8::Local<v8::Value>::New(isolate, v8::Undefined(isolate).As<v8::Value>()));
    Values data = {entry, items, spare, 0, nullptr};
    bool read = Unwrap<v8::Array>(values)->Iterate(ContextOf(entry), ReadValue, &data).IsJust();
    *next = read ? data.next : nullptr;
    return read ? data.count : 0;
}

#else

bool engine_read_elements(jsrun_entry *, jsrun_value, jsrun_item *, uint32_t, uint32_t *count,
                          jsrun_value *next) {
    *count = 0;
    *next = nullptr;
    return true;
}

uint32_t engine_same_keys(jsrun_entry *, jsrun_value, const jsrun_item *, uint32_t) { return 0; }

bool engine_values(jsrun_entry *, jsrun_value, uint32_t, jsrun_value *values) {
    *values = nullptr;
    return true;
}

uint32_t engine_read_values(jsrun_entry *, jsrun_value, jsrun_item *, engine_spare *,
                            jsrun_value *next) {
    *next = nullptr;
    return 0;
}

#endif
