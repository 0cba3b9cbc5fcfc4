// Reading objects: what a walk over a value asks of V8.

#include <cmath>
#include <cstdio>

#include "v8/engine_values.h"
#include "v8/guard.h"
#include "v8/native.h"
#include "v8/streams.h"

using namespace jsrun;
using v8::internal::Internals;

namespace {

constexpr double kMaxSafeInteger = 9007199254740991.0;

void ClassifyNumber(double number, jsrun_item *item) {
    if (number == std::trunc(number) && std::fabs(number) <= kMaxSafeInteger &&
        !(number == 0 && std::signbit(number))) {
        item->kind = JSRUN_KIND_INTEGER;
        item->integer = static_cast<int64_t>(number);
    } else {
        item->kind = JSRUN_KIND_NUMBER;
        item->number = number;
    }
}

bool ClassifyObject(v8::Local<v8::Value> value, jsrun_item *item) {
    if (value->IsArray()) {
        item->kind = JSRUN_KIND_ARRAY;
    } else if (value->IsFunction()) {
        item->kind = JSRUN_KIND_FUNCTION;
    } else if (value->IsArrayBufferView() || value->IsArrayBuffer() ||
               value->IsSharedArrayBuffer()) {
        item->kind = JSRUN_KIND_BYTES;
    } else if (value->IsDate()) {
        item->kind = JSRUN_KIND_DATE;
        item->number = value.As<v8::Date>()->ValueOf();
    } else if (value->IsNativeError()) {
        item->kind = JSRUN_KIND_ERROR;
    } else if (value->IsMap()) {
        item->kind = JSRUN_KIND_MAP;
    } else if (value->IsSet()) {
        item->kind = JSRUN_KIND_SET;
    } else if (value->IsPromise()) {
        item->kind = JSRUN_KIND_PROMISE;
    } else if (IsStream(value)) {
        item->kind = JSRUN_KIND_STREAM;
    } else {
        return false;
    }
    return true;
}

// new Number(1) and the like: what is inside.
bool ClassifyBoxed(v8::Local<v8::Value> value, jsrun_item *item) {
    if (value->IsStringObject()) {
        item->kind = JSRUN_KIND_STRING;
        item->value = Wrap(value.As<v8::StringObject>()->ValueOf());
    } else if (value->IsNumberObject()) {
        ClassifyNumber(value.As<v8::NumberObject>()->ValueOf(), item);
    } else if (value->IsBooleanObject()) {
        item->kind = JSRUN_KIND_BOOLEAN;
        item->integer = value.As<v8::BooleanObject>()->ValueOf();
    } else if (value->IsBigIntObject()) {
        item->kind = JSRUN_KIND_BIGINT;
        item->value = Wrap(value.As<v8::BigIntObject>()->ValueOf());
    } else {
        return false;
    }
    return true;
}

// What a Proxy stands for, however many of them are around it. A revoked one is left as it is.
v8::Local<v8::Value> TargetOf(v8::Local<v8::Value> value) {
    while (value->IsProxy()) {
        v8::Local<v8::Value> target = value.As<v8::Proxy>()->GetTarget();
        if (!target->IsObject()) break;
        value = target;
    }
    return value;
}

// V8 gives the prototypes of some built-in classes an instance type of their own, too. No script
// runs.
bool IsPrototype(v8::Local<v8::Context> context, v8::Local<v8::Value> value) {
    if (!value->IsObject() || value->IsProxy()) return false;
    v8::Local<v8::Name> key = Text(v8::Isolate::GetCurrent(), "constructor");
    v8::Local<v8::Object> object = value.As<v8::Object>();
    v8::PropertyAttribute attributes;
    return object->HasRealNamedProperty(context, key).FromMaybe(false) &&
           object->GetRealNamedPropertyAttributes(context, key).To(&attributes) &&
           (attributes & v8::DontEnum) != 0;
}

// Whether an object is nothing but its properties. V8 gives each built-in class whose objects keep
// something else an instance type of its own, so a class that is not known here is not taken for
// plain.
bool IsPlain(v8::Local<v8::Context> context, v8::Local<v8::Value> value) {
    int type = TypeOf(Wrap(value));
    if (type >= Internals::kJSObjectType && type <= Internals::kLastJSApiObjectType) return true;
    return type == Internals::kJSSpecialApiObjectType || value->IsArgumentsObject() ||
           value->IsModuleNamespaceObject() || value->StrictEquals(context->Global()) ||
           (value->IsProxy() && !value.As<v8::Proxy>()->GetTarget()->IsObject()) ||
           IsPrototype(context, value);
}

// A Proxy is read through its traps, as what its target is: an array or an object with properties.
bool ClassifyProxy(v8::Local<v8::Context> context, v8::Local<v8::Value> value, jsrun_item *item) {
    if (!value->IsProxy()) return false;
    v8::Local<v8::Value> target = TargetOf(value);
    if (target->IsArray()) {
        item->kind = JSRUN_KIND_ARRAY;
    } else if (IsPlain(context, target)) {
        item->kind = JSRUN_KIND_OBJECT;
    } else {
        return false;
    }
    return true;
}

// What the user calls a value that has no counterpart.
void NameUnsupported(v8::Isolate *isolate, v8::Local<v8::Value> value, char *what, size_t size) {
    const char *known = nullptr;
    if (value->IsSymbol() || value->IsSymbolObject()) known = "Symbol";
    if (value->IsGeneratorObject()) known = "Generator";
    if (value->IsWasmMemoryObject()) known = "WebAssembly.Memory";
    if (value->IsWasmModuleObject()) known = "WebAssembly.Module";
    v8::Local<v8::Value> target = TargetOf(value);
    const char *around = value->IsProxy() ? "Proxy of " : "";
    if (known || !target->IsObject()) {
        std::snprintf(what, size, "%s", known ? known : "Proxy");
    } else {
        v8::String::Utf8Value name(isolate, target.As<v8::Object>()->GetConstructorName());
        std::snprintf(what, size, "%s%s", around, *name && name.length() ? *name : "object");
    }
}

bool ReadSmall(jsrun_value value, jsrun_item *item) {
    if (!IsSmall(value)) return false;
    item->kind = JSRUN_KIND_INTEGER;
    item->integer = SmallInteger(value);
    return true;
}

// undefined, null and the booleans are all that there is of their type.
void ReadOddball(v8::Local<v8::Value> value, jsrun_item *item) {
    if (value->IsUndefined()) {
        item->kind = JSRUN_KIND_UNDEFINED;
    } else if (value->IsNull()) {
        item->kind = JSRUN_KIND_NULL;
    } else {
        item->kind = JSRUN_KIND_BOOLEAN;
        item->integer = value->IsTrue();
    }
}

} // namespace

bool jsrun_read(jsrun_entry *, jsrun_value from, jsrun_item *item) {
    v8::Local<v8::Value> value = Unwrap(from);
    item->count = 0;
    if (ReadSmall(from, item)) return true;
    int type = TypeOf(from);
    if (type < Internals::kFirstNonstringType || type == Internals::kJSObjectType) return false;
    if (type == Internals::kOddballType) {
        ReadOddball(value, item);
    } else if (value->IsNumber()) {
        ClassifyNumber(value.As<v8::Number>()->Value(), item);
    } else {
        return false;
    }
    return true;
}

bool engine_classify(jsrun_entry *entry, jsrun_value from, jsrun_item *item, char *what,
                     size_t what_size) {
    if (!from) return false; // of an isolate that is dead
    if (jsrun_read(entry, from, item)) return true;
    v8::Local<v8::Value> value = Unwrap(from);
    item->value = from;
    int type = TypeOf(from);
    if (type < Internals::kFirstNonstringType) {
        item->kind = JSRUN_KIND_STRING;
    } else if (type == Internals::kJSObjectType) {
        item->kind = JSRUN_KIND_OBJECT; // nothing but properties
    } else if (value->IsBigInt()) {
        item->kind = JSRUN_KIND_BIGINT;
    } else if (!ClassifyObject(value, item) && !ClassifyBoxed(value, item) &&
               !ClassifyProxy(ContextOf(entry), value, item)) {
        item->kind = JSRUN_KIND_OBJECT;
        if (value->IsObject() && IsPlain(ContextOf(entry), value)) return true;
        NameUnsupported(IsolateOf(entry), value, what, what_size);
        return false;
    }
    return true;
}

uint32_t engine_array_length(jsrun_value array) { return Unwrap<v8::Array>(array)->Length(); }

bool engine_is_proxy(jsrun_value value) { return Unwrap(value)->IsProxy(); }

bool engine_copy_array(jsrun_entry *entry, jsrun_value proxy, uint32_t most, jsrun_value *copy) {
    v8::Isolate *isolate = IsolateOf(entry);
    v8::Local<v8::Context> context = ContextOf(entry);
    v8::Local<v8::Object> from = Unwrap<v8::Object>(proxy);
    v8::Local<v8::Value> given, element;
    double length;
    *copy = nullptr;
    v8::Local<v8::String> key = Text(isolate, "length");
    if (!from->Get(context, key).ToLocal(&given) || !given->NumberValue(context).To(&length))
        return false;
    if (length > most) return true;
    uint32_t count = length >= 1 ? static_cast<uint32_t>(length) : 0; // NaN is 0
    v8::Local<v8::Array> array = v8::Array::New(isolate, static_cast<int>(count));
    for (uint32_t i = 0; i < count; i++) {
        v8::HandleScope scope(isolate);
        if (!from->Get(context, i).ToLocal(&element) ||
            !array->CreateDataProperty(context, i, element).FromMaybe(false))
            return false;
    }
    *copy = Wrap(array);
    return true;
}

jsrun_value engine_get_index(jsrun_entry *entry, jsrun_value object, uint32_t index) {
    return WrapOrNull(Unwrap<v8::Object>(object)->Get(ContextOf(entry), index));
}

jsrun_value jsrun_array_get(jsrun_entry *entry, jsrun_value array, uint32_t index) {
    JSRUN_GUARD(entry->engine, nullptr);
    return engine_get_index(entry, array, index);
}

jsrun_value engine_get(jsrun_entry *entry, jsrun_value object, jsrun_value key) {
    return WrapOrNull(Unwrap<v8::Object>(object)->Get(ContextOf(entry), Unwrap(key)));
}

// Of V8's own functions for it those that scripts call are the quickest: they are machine code, and
// know objects of the usual kind by their maps.
jsrun_value engine_keys(jsrun_entry *entry, jsrun_value object) {
    v8::Local<v8::Value> argument = Unwrap(object);
    v8::Local<v8::Context> context = ContextOf(entry);
    return WrapOrNull(ObjectKeysOf(context)->Call(context, argument, 1, &argument));
}

jsrun_value engine_elements(jsrun_entry *, jsrun_value collection) {
    v8::Local<v8::Value> value = Unwrap(collection);
    return Wrap(value->IsMap() ? value.As<v8::Map>()->AsArray() : value.As<v8::Set>()->AsArray());
}
