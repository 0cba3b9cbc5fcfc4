// Values other than strings and bytes: making and reading them.

#include <new>

#include "v8/guard.h"
#include "v8/isolate.h"

using namespace jsrun;

// --- scopes --------------------------------------------------------------------------------------

void jsrun_scope_open(jsrun_entry *entry, jsrun_scope *scope) {
    static_assert(sizeof(v8::HandleScope) <= sizeof scope->storage, "room for a HandleScope");
    scope->storage[0] = nullptr; // the isolate's place
    if (!entry->engine->dead) ::new (scope->storage) v8::HandleScope(IsolateOf(entry));
}

void jsrun_scope_close(jsrun_scope *scope) {
    if (scope->storage[0]) reinterpret_cast<v8::HandleScope *>(scope->storage)->~HandleScope();
}

// --- making --------------------------------------------------------------------------------------

jsrun_value jsrun_undefined(jsrun_entry *entry) { return Wrap(v8::Undefined(IsolateOf(entry))); }

jsrun_value jsrun_null(jsrun_entry *entry) { return Wrap(v8::Null(IsolateOf(entry))); }

jsrun_value jsrun_boolean(jsrun_entry *entry, bool value) {
    return Wrap(v8::Boolean::New(IsolateOf(entry), value));
}

jsrun_value jsrun_integer(jsrun_entry *entry, int32_t value) {
    using v8::internal::Internals;
    static_assert(sizeof(v8::internal::Address) == sizeof *entry->integers, "room for a Smi");
    if (!Internals::IsValidSmi(value)) return jsrun_number(entry, value);
    if (entry->integer_count == JSRUN_ENTRY_INTEGERS)
        return Wrap(v8::Integer::New(IsolateOf(entry), value));
    // A handle points to the place where V8's collector finds the value. A small integer is nothing
    // to collect or to move, so the place need not be V8's.
    uintptr_t *place = &entry->integers[entry->integer_count++];
    *place = Internals::IntToSmi(value);
    return reinterpret_cast<jsrun_value>(place);
}

jsrun_value jsrun_number(jsrun_entry *entry, double value) {
    JSRUN_GUARD(entry->engine, nullptr);
    return Wrap(v8::Number::New(IsolateOf(entry), value));
}

jsrun_value jsrun_bigint(jsrun_entry *entry, bool negative, const uint64_t *words, size_t count) {
    JSRUN_GUARD(entry->engine, nullptr);
    v8::TryCatch refused(IsolateOf(entry)); // a RangeError when it is too big
    if (count > INT32_MAX) return nullptr;
    return WrapOrNull(
        v8::BigInt::NewFromWords(ContextOf(entry), negative, static_cast<int>(count), words));
}

jsrun_value jsrun_array(jsrun_entry *entry, uint32_t length) {
    JSRUN_GUARD(entry->engine, nullptr);
    return Wrap(v8::Array::New(IsolateOf(entry), static_cast<int>(length)));
}

jsrun_value jsrun_array_of(jsrun_entry *entry, const jsrun_value *elements, size_t count) {
    JSRUN_GUARD(entry->engine, nullptr);
    auto *values = reinterpret_cast<v8::Local<v8::Value> *>(const_cast<jsrun_value *>(elements));
    return Wrap(v8::Array::New(IsolateOf(entry), values, count));
}

void jsrun_array_set(jsrun_entry *entry, jsrun_value array, uint32_t index, jsrun_value value) {
    JSRUN_GUARD(entry->engine);
    Unwrap<v8::Array>(array)
        ->CreateDataProperty(ContextOf(entry), index, Unwrap(value))
        .FromMaybe(false);
}

jsrun_value jsrun_global(jsrun_entry *entry) {
    return entry->engine->dead ? nullptr : Wrap(ContextOf(entry)->Global());
}

jsrun_value jsrun_object(jsrun_entry *entry) {
    JSRUN_GUARD(entry->engine, nullptr);
    return Wrap(v8::Object::New(IsolateOf(entry)));
}

bool jsrun_object_define(jsrun_entry *entry, jsrun_value object, jsrun_value key,
                         jsrun_value value) {
    JSRUN_GUARD(entry->engine, false);
    v8::Local<v8::Object> target = Unwrap<v8::Object>(object);
    v8::Local<v8::Name> name = Unwrap<v8::Name>(key);
    if (target->CreateDataProperty(ContextOf(entry), name, Unwrap(value)).FromMaybe(false))
        return true;
    // What `var` declares on the global object cannot be deleted, but its value can be changed.
    v8::PropertyDescriptor descriptor(Unwrap(value));
    return target->DefineProperty(ContextOf(entry), name, descriptor).FromMaybe(false);
}

void jsrun_object_delete(jsrun_entry *entry, jsrun_value object, jsrun_value key) {
    JSRUN_GUARD(entry->engine);
    Unwrap<v8::Object>(object)->Delete(ContextOf(entry), Unwrap<v8::Name>(key)).FromMaybe(false);
}

bool jsrun_global_shows(jsrun_entry *entry, jsrun_value name, jsrun_value value) {
    JSRUN_GUARD(entry->engine, false);
    v8::TryCatch ignored(IsolateOf(entry)); // a declaration that was not reached throws
    v8::Local<v8::Script> script;
    v8::Local<v8::Value> seen;
    if (!v8::Script::Compile(ContextOf(entry), Unwrap<v8::String>(name)).ToLocal(&script))
        return true; // a reserved word: nothing can be declared by that name
    return script->Run(ContextOf(entry)).ToLocal(&seen) && seen->StrictEquals(Unwrap(value));
}

jsrun_value jsrun_date(jsrun_entry *entry, double milliseconds) {
    JSRUN_GUARD(entry->engine, nullptr);
    v8::Local<v8::Value> date;
    if (!v8::Date::New(ContextOf(entry), milliseconds).ToLocal(&date)) return nullptr;
    double kept = date.As<v8::Date>()->ValueOf();
    return kept == kept ? Wrap(date) : nullptr;
}

jsrun_value jsrun_set(jsrun_entry *entry) {
    JSRUN_GUARD(entry->engine, nullptr);
    return Wrap(v8::Set::New(IsolateOf(entry)));
}

void jsrun_set_add(jsrun_entry *entry, jsrun_value set, jsrun_value value) {
    JSRUN_GUARD(entry->engine);
    v8::Local<v8::Set> self;
    if (!Unwrap<v8::Set>(set)->Add(ContextOf(entry), Unwrap(value)).ToLocal(&self)) return;
}

jsrun_value jsrun_error(jsrun_entry *entry, jsrun_value name, jsrun_value message) {
    JSRUN_GUARD(entry->engine, nullptr);
    v8::Isolate *isolate = IsolateOf(entry);
    v8::Local<v8::Value> error = v8::Exception::Error(Unwrap<v8::String>(message));
    if (name) {
        // Not enumerable, as the name on Error.prototype is not.
        error.As<v8::Object>()
            ->DefineOwnProperty(ContextOf(entry), Text(isolate, "name"), Unwrap(name), v8::DontEnum)
            .FromMaybe(false);
    }
    return Wrap(error);
}

void jsrun_error_set_stack(jsrun_entry *entry, jsrun_value error, jsrun_value stack) {
    JSRUN_GUARD(entry->engine);
    Unwrap<v8::Object>(error)
        ->DefineOwnProperty(ContextOf(entry), Text(IsolateOf(entry), "stack"), Unwrap(stack),
                            v8::DontEnum)
        .FromMaybe(false);
}

// --- reading -------------------------------------------------------------------------------------

size_t jsrun_bigint_word_count(jsrun_value bigint) {
    return static_cast<size_t>(Unwrap<v8::BigInt>(bigint)->WordCount());
}

void jsrun_bigint_copy(jsrun_value bigint, bool *negative, uint64_t *words, size_t count) {
    int sign = 0;
    int room = static_cast<int>(count);
    Unwrap<v8::BigInt>(bigint)->ToWordsArray(&sign, &room, words);
    *negative = sign != 0;
}

bool jsrun_is_string(jsrun_value value) { return Unwrap(value)->IsString(); }

bool jsrun_is_object(jsrun_value value) { return Unwrap(value)->IsObject(); }

bool jsrun_is_function(jsrun_value value) { return Unwrap(value)->IsFunction(); }

jsrun_value jsrun_function_name(jsrun_entry *entry, jsrun_value function) {
    JSRUN_GUARD(entry->engine, nullptr);
    v8::Local<v8::Value> name = Unwrap<v8::Function>(function)->GetDebugName();
    return Wrap(name->IsString() ? name : v8::String::Empty(IsolateOf(entry)).As<v8::Value>());
}

bool jsrun_is_small_integer(jsrun_value value, int32_t *integer) {
    if (!IsSmall(value)) return false;
    *integer = SmallInteger(value);
    return true;
}

bool jsrun_is_promise(jsrun_value value) { return !IsSmall(value) && Unwrap(value)->IsPromise(); }

bool jsrun_same(jsrun_value left, jsrun_value right) {
    return left && right && Unwrap(left)->StrictEquals(Unwrap(right));
}
