#include "v8/error_parts.h"

#include "v8/console.h"

namespace jsrun {

namespace {

// How many properties, and errors of an AggregateError, are told.
constexpr uint32_t kMostProperties = 100;

// What an own property holds; empty if there is none, it is undefined, or its getter throws.
v8::MaybeLocal<v8::Value> OwnValue(v8::Local<v8::Context> context, v8::Local<v8::Object> object,
                                   v8::Local<v8::Name> key) {
    v8::Local<v8::Value> value;
    if (!object->HasOwnProperty(context, key).FromMaybe(false)) return {};
    if (!object->Get(context, key).ToLocal(&value) || value->IsUndefined()) return {};
    return value;
}

// The names of the properties that are not told otherwise, and what they hold: two arrays.
void ReadProperties(v8::Local<v8::Context> context, v8::Local<v8::Object> error,
                    jsrun_exception *exception) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    v8::Local<v8::Array> keys;
    auto filter = static_cast<v8::PropertyFilter>(v8::ONLY_ENUMERABLE | v8::SKIP_SYMBOLS);
    if (!error->GetOwnPropertyNames(context, filter, v8::KeyConversionMode::kConvertToString)
             .ToLocal(&keys) ||
        keys->Length() == 0)
        return;
    v8::Local<v8::Array> names = v8::Array::New(isolate), values = v8::Array::New(isolate);
    uint32_t count = 0;
    for (uint32_t i = 0; i < keys->Length() && count < kMostProperties; i++) {
        v8::HandleScope scope(isolate);
        v8::Local<v8::Value> key, value;
        if (!keys->Get(context, i).ToLocal(&key)) return;
        v8::Local<v8::String> name = key.As<v8::String>();
        bool told = false;
        for (const char *other : {"name", "message", "stack", "cause", "errors"})
            told = told || name->StringEquals(Text(isolate, other));
        if (told || !OwnValue(context, error, name).ToLocal(&value)) continue;
        if (!names->CreateDataProperty(context, count, name).FromMaybe(false) ||
            !values->CreateDataProperty(context, count, value).FromMaybe(false))
            return;
        count++;
    }
    if (!count) return;
    exception->property_names = Wrap(names);
    exception->property_values = Wrap(values);
    exception->property_count = count;
}

// The errors of an AggregateError are copied: it may be a Proxy, or changed while it is read.
void ReadErrors(v8::Local<v8::Context> context, v8::Local<v8::Value> from,
                jsrun_exception *exception) {
    if (!from->IsArray()) return;
    v8::Local<v8::Array> errors = from.As<v8::Array>();
    uint32_t count = errors->Length() < kMostProperties ? errors->Length() : kMostProperties;
    v8::Local<v8::Array> copy = v8::Array::New(v8::Isolate::GetCurrent());
    for (uint32_t i = 0; i < count; i++) {
        v8::Local<v8::Value> value;
        if (!errors->Get(context, i).ToLocal(&value) ||
            !copy->CreateDataProperty(context, i, value).FromMaybe(false))
            return;
    }
    exception->errors = Wrap(copy);
    exception->error_count = count;
}

} // namespace

void DescribeParts(v8::Local<v8::Context> context, v8::Local<v8::Object> error,
                   jsrun_exception *exception) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    exception->class_name = Wrap(error->GetConstructorName());
    v8::Local<v8::Value> value;
    if (OwnValue(context, error, Text(isolate, "cause")).ToLocal(&value))
        exception->cause = Wrap(value);
    if (OwnValue(context, error, Text(isolate, "errors")).ToLocal(&value))
        ReadErrors(context, value, exception);
    ReadProperties(context, error, exception);
}

v8::Local<v8::String> TextOfThrown(v8::Local<v8::Context> context, v8::Local<v8::Value> value) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    v8::Local<v8::Value> function, made;
    v8::Local<v8::String> text;
    if (value->IsObject() &&
        PropertyOf(context, kConsolePart, Text(isolate, "inspect")).ToLocal(&function) &&
        function->IsFunction() &&
        function.As<v8::Function>()
            ->Call(context, v8::Undefined(isolate), 1, &value)
            .ToLocal(&made) &&
        made->IsString())
        return made.As<v8::String>();
    return value->ToDetailString(context).ToLocal(&text) ? text : v8::String::Empty(isolate);
}

} // namespace jsrun
