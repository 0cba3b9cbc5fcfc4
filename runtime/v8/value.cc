// Values: making and reading them, and the functions of jsrun/value.h that are V8's own.

#include <cstdlib>
#include <new>

#include "v8/callback.h"
#include "v8/embedder.h"
#include "v8/guard.h"
#include "v8/local.h"
#include "v8/references.h"

using jsrun::ContextOf;
using jsrun::IsolateOf;
using jsrun::Unwrap;
using jsrun::Wrap;
using jsrun::WrapOrNull;

namespace {

#if V8_MAJOR_VERSION >= 13
constexpr size_t kMaxBytes = v8::Uint8Array::kMaxLength;
#else
constexpr size_t kMaxBytes = v8::TypedArray::kMaxLength;
#endif

} // namespace

// --- scopes -----------------------------------------------------------------------------------------

void jsrun_scope_open(jsrun_entry *entry, jsrun_scope *scope) {
    static_assert(sizeof(v8::HandleScope) <= sizeof scope->storage, "room for a HandleScope");
    scope->storage[0] = nullptr; // the isolate's place
    if (!entry->engine->dead) ::new (scope->storage) v8::HandleScope(IsolateOf(entry));
}

void jsrun_scope_close(jsrun_scope *scope) {
    if (scope->storage[0]) reinterpret_cast<v8::HandleScope *>(scope->storage)->~HandleScope();
}

// --- making -----------------------------------------------------------------------------------------

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
    // A handle points to the place where V8's collector finds the value. In a small one there is nothing to collect or to
    // move, so the place need not be V8's.
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

jsrun_value jsrun_string_latin1(jsrun_entry *entry, const uint8_t *characters, size_t length) {
    JSRUN_GUARD(entry->engine, nullptr);
    if (length > v8::String::kMaxLength) return nullptr;
    return WrapOrNull(v8::String::NewFromOneByte(
        IsolateOf(entry), characters, v8::NewStringType::kNormal, static_cast<int>(length)));
}

jsrun_value jsrun_string_utf16(jsrun_entry *entry, const uint16_t *characters, size_t length) {
    JSRUN_GUARD(entry->engine, nullptr);
    if (length > v8::String::kMaxLength) return nullptr;
    return WrapOrNull(v8::String::NewFromTwoByte(
        IsolateOf(entry), characters, v8::NewStringType::kNormal, static_cast<int>(length)));
}

jsrun_value jsrun_string_text(jsrun_entry *entry, const char *text) {
    JSRUN_GUARD(entry->engine, nullptr);
    return WrapOrNull(v8::String::NewFromUtf8(IsolateOf(entry), text));
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

namespace {

// What allocates and frees the memory of a buffer: a view of the host's may outlive the engine.
using Allocator = std::shared_ptr<jsrun::CountingAllocator>;

void FreeBytes(void *data, size_t size, void *from) {
    if (!data) return;
    auto *allocator = static_cast<Allocator *>(from);
    (*allocator)->Free(data, size);
    delete allocator;
}

// NULL: there are not so many left.
void *AllocateBytes(jsrun_entry *entry, size_t length, bool zeroed) {
    jsrun::CountingAllocator *allocator = entry->engine->allocator.get();
    auto allocate = [&] {
        return zeroed ? allocator->Allocate(length) : allocator->AllocateUninitialized(length);
    };
    void *data = allocate();
    if (data) return data;
    IsolateOf(entry)->LowMemoryNotification(); // what takes it all may be garbage
    return allocate();
}

// Not ArrayBuffer::New(): that one ends the process when the memory is not to be had. `data` is the allocator's.
jsrun_value NewBytes(jsrun_entry *entry, void *data, size_t length) {
    v8::Isolate *isolate = IsolateOf(entry);
    // V8 does not call the deleter of nothing.
    auto *allocator = data ? new Allocator(entry->engine->allocator) : nullptr;
    std::unique_ptr<v8::BackingStore> store =
        v8::ArrayBuffer::NewBackingStore(data, length, FreeBytes, allocator);
    v8::Local<v8::ArrayBuffer> buffer = v8::ArrayBuffer::New(isolate, std::move(store));
    return Wrap(v8::Uint8Array::New(buffer, 0, length));
}

} // namespace

jsrun_value jsrun_bytes(jsrun_entry *entry, const void *bytes, size_t length) {
    JSRUN_GUARD(entry->engine, nullptr);
    if (length > kMaxBytes) return nullptr;
    void *copy = nullptr;
    if (length) {
        copy = AllocateBytes(entry, length, false);
        if (!copy) return nullptr;
        std::memcpy(copy, bytes, length);
    }
    return NewBytes(entry, copy, length);
}

jsrun_value jsrun_bytes_zeroed(jsrun_entry *entry, size_t length) {
    JSRUN_GUARD(entry->engine, nullptr);
    if (length > kMaxBytes) return nullptr;
    void *zeros = length ? AllocateBytes(entry, length, true) : nullptr;
    return length && !zeros ? nullptr : NewBytes(entry, zeros, length);
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
            ->DefineOwnProperty(ContextOf(entry), v8::String::NewFromUtf8Literal(isolate, "name"),
                                Unwrap(name), v8::DontEnum)
            .FromMaybe(false);
    }
    return Wrap(error);
}

void jsrun_error_set_stack(jsrun_entry *entry, jsrun_value error, jsrun_value stack) {
    JSRUN_GUARD(entry->engine);
    Unwrap<v8::Object>(error)
        ->DefineOwnProperty(ContextOf(entry),
                            v8::String::NewFromUtf8Literal(IsolateOf(entry), "stack"),
                            Unwrap(stack), v8::DontEnum)
        .FromMaybe(false);
}

// --- host functions ---------------------------------------------------------------------------------

namespace {

bool CallHost(jsrun_runtime *runtime, jsrun_call_info *call) {
    runtime_host_call(runtime, call);
    return true;
}

} // namespace

v8::MaybeLocal<v8::Function> jsrun::NewHostFunction(v8::Local<v8::Context> context,
                                                    uint32_t number) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    return NewFunction(context, Dispatch<CallHost>, v8::Integer::NewFromUnsigned(isolate, number));
}

void jsrun::AddHostFunctionReferences(References *references) {
    references->Add(Dispatch<CallHost>);
}

jsrun_value jsrun_host_function_new(jsrun_entry *entry, uint32_t number, jsrun_value name) {
    JSRUN_GUARD(entry->engine, nullptr);
    v8::Local<v8::Function> function;
    if (!jsrun::NewHostFunction(ContextOf(entry), number).ToLocal(&function)) return nullptr;
    if (name) function->SetName(Unwrap<v8::String>(name));
    return Wrap(function);
}

// --- reading ----------------------------------------------------------------------------------------

size_t jsrun_string_length(jsrun_value string) {
    return static_cast<size_t>(Unwrap<v8::String>(string)->Length());
}

bool jsrun_string_is_latin1(jsrun_value string) { return Unwrap<v8::String>(string)->IsOneByte(); }

void jsrun_string_copy_part_latin1(jsrun_entry *entry, jsrun_value string, size_t length,
                                   uint8_t *characters) {
    JSRUN_GUARD(entry->engine);
    jsrun::CopyString(IsolateOf(entry), Unwrap<v8::String>(string), characters,
                      static_cast<int>(length));
}

void jsrun_string_copy_latin1(jsrun_entry *entry, jsrun_value string, uint8_t *characters) {
    JSRUN_GUARD(entry->engine);
    jsrun::CopyString(IsolateOf(entry), Unwrap<v8::String>(string), characters);
}

void jsrun_string_copy_utf16(jsrun_entry *entry, jsrun_value string, uint16_t *characters) {
    JSRUN_GUARD(entry->engine);
    jsrun::CopyString(IsolateOf(entry), Unwrap<v8::String>(string), characters);
}

#if V8_MAJOR_VERSION >= 13
bool jsrun_units_open(jsrun_entry *entry, jsrun_value string, jsrun_units *units) {
    using View = v8::String::ValueView;
    static_assert(sizeof(View) <= sizeof units->storage, "room for a ValueView");
    JSRUN_GUARD(entry->engine, false); // it makes one piece of the string
    units->units =
        (::new (units->storage) View(IsolateOf(entry), Unwrap<v8::String>(string)))->data16();
    return true;
}

void jsrun_units_close(jsrun_units *units) {
    reinterpret_cast<v8::String::ValueView *>(units->storage)->~ValueView();
}
#else
bool jsrun_units_open(jsrun_entry *entry, jsrun_value string, jsrun_units *units) {
    size_t bytes = jsrun_string_length(string) * sizeof(uint16_t);
    auto *copy = static_cast<uint16_t *>(std::malloc(bytes));
    if (copy) jsrun_string_copy_utf16(entry, string, copy);
    if (entry->engine->dead) {
        std::free(copy);
        copy = nullptr;
    }
    units->storage[0] = copy;
    units->units = copy;
    return copy;
}

void jsrun_units_close(jsrun_units *units) { std::free(units->storage[0]); }
#endif

size_t jsrun_bigint_word_count(jsrun_value bigint) {
    return static_cast<size_t>(Unwrap<v8::BigInt>(bigint)->WordCount());
}

void jsrun_bigint_copy(jsrun_value bigint, bool *negative, uint64_t *words, size_t count) {
    int sign = 0;
    int room = static_cast<int>(count);
    Unwrap<v8::BigInt>(bigint)->ToWordsArray(&sign, &room, words);
    *negative = sign != 0;
}

namespace {

// The memory behind an ArrayBuffer, a SharedArrayBuffer or a view.
struct Bytes {
    const char *data = nullptr;
    size_t length = 0;
};

Bytes BytesOf(v8::Local<v8::Value> value) {
    if (value->IsArrayBufferView()) {
        v8::Local<v8::ArrayBufferView> view = value.As<v8::ArrayBufferView>();
        auto *data = static_cast<const char *>(view->Buffer()->Data());
        return {data + view->ByteOffset(), view->ByteLength()};
    }
    if (value->IsSharedArrayBuffer()) {
        v8::Local<v8::SharedArrayBuffer> buffer = value.As<v8::SharedArrayBuffer>();
        return {static_cast<const char *>(buffer->GetBackingStore()->Data()), buffer->ByteLength()};
    }
    v8::Local<v8::ArrayBuffer> buffer = value.As<v8::ArrayBuffer>();
    return {static_cast<const char *>(buffer->Data()), buffer->ByteLength()};
}

} // namespace

size_t jsrun_bytes_length(jsrun_value bytes) {
    v8::Local<v8::Value> value = Unwrap(bytes);
    if (value->IsArrayBufferView()) return value.As<v8::ArrayBufferView>()->ByteLength();
    return BytesOf(value).length;
}

void jsrun_bytes_copy(jsrun_value bytes, void *to) {
    v8::Local<v8::Value> value = Unwrap(bytes);
    if (value->IsArrayBufferView()) { // small ones have no buffer yet: do not make one
        v8::Local<v8::ArrayBufferView> view = value.As<v8::ArrayBufferView>();
        view->CopyContents(to, view->ByteLength());
        return;
    }
    Bytes from = BytesOf(value);
    if (from.length) std::memcpy(to, from.data, from.length);
}

namespace {

using Memory = std::shared_ptr<v8::BackingStore>;

// V8 has no way to be told that there is no memory to move a small array out of its heap: it takes that to be the isolate's end.
bool CanMoveOut(engine *engine, size_t length) {
    void *room = engine->allocator->AllocateUninitialized(length);
    if (room) engine->allocator->Free(room, length);
    return room;
}

Memory MemoryOf(v8::Local<v8::Value> value) {
    if (value->IsArrayBufferView())
        return value.As<v8::ArrayBufferView>()->Buffer()->GetBackingStore();
    if (value->IsSharedArrayBuffer()) return value.As<v8::SharedArrayBuffer>()->GetBackingStore();
    return value.As<v8::ArrayBuffer>()->GetBackingStore();
}

} // namespace

jsrun_view_status engine_view_open(jsrun_entry *entry, jsrun_value bytes, jsrun_view *view) {
    JSRUN_GUARD(entry->engine, JSRUN_VIEW_NO_MEMORY);
    v8::Local<v8::Value> value = Unwrap(bytes);
    size_t offset = 0, length = jsrun_bytes_length(bytes);
    if (value->IsArrayBufferView()) {
        v8::Local<v8::ArrayBufferView> array = value.As<v8::ArrayBufferView>();
        if (!array->HasBuffer() && length && !CanMoveOut(entry->engine, length))
            return JSRUN_VIEW_NO_MEMORY;
        offset = array->ByteOffset();
    }
    Memory memory = MemoryOf(value);
#if V8_MAJOR_VERSION >= 13 // before, JavaScript has none
    if (memory->IsResizableByUserJavaScript() && !memory->IsShared()) return JSRUN_VIEW_RESIZABLE;
#endif
    view->length = length;
    view->data = length ? static_cast<char *>(memory->Data()) + offset : nullptr;
    view->memory = new Memory(std::move(memory));
    return JSRUN_VIEW_OK;
}

void engine_view_close(jsrun_view *view) { delete static_cast<Memory *>(view->memory); }

bool jsrun_is_string(jsrun_value value) { return Unwrap(value)->IsString(); }

bool jsrun_is_object(jsrun_value value) { return Unwrap(value)->IsObject(); }

bool jsrun_is_function(jsrun_value value) { return Unwrap(value)->IsFunction(); }

jsrun_value jsrun_function_name(jsrun_entry *entry, jsrun_value function) {
    JSRUN_GUARD(entry->engine, nullptr);
    v8::Local<v8::Value> name = Unwrap<v8::Function>(function)->GetDebugName();
    return Wrap(name->IsString() ? name : v8::String::Empty(IsolateOf(entry)).As<v8::Value>());
}

bool jsrun_is_small_integer(jsrun_value value, int32_t *integer) {
    if (!jsrun::IsSmall(value)) return false;
    *integer = v8::internal::Internals::SmiValue(jsrun::ContentOf(value));
    return true;
}

bool jsrun_is_promise(jsrun_value value) {
    return !jsrun::IsSmall(value) && Unwrap(value)->IsPromise();
}

jsrun_value jsrun_internalized(jsrun_entry *entry, jsrun_value string) {
    JSRUN_GUARD(entry->engine, nullptr);
    v8::Isolate *isolate = IsolateOf(entry);
    v8::Local<v8::String> text = Unwrap<v8::String>(string);
#if V8_MAJOR_VERSION >= 13
    return Wrap(text->InternalizeString(isolate));
#else
    constexpr int kLongest = 64;
    constexpr auto internalized = v8::NewStringType::kInternalized;
    uint8_t bytes[kLongest];
    uint16_t units[kLongest];
    int length = text->Length();
    v8::MaybeLocal<v8::String> result;
    if (length > kLongest) return string;
    // V8 stores every string of the same characters as it stores this one.
    if (text->IsOneByte()) {
        jsrun::CopyString(isolate, text, bytes);
        result = v8::String::NewFromOneByte(isolate, bytes, internalized, length);
    } else {
        jsrun::CopyString(isolate, text, units);
        result = v8::String::NewFromTwoByte(isolate, units, internalized, length);
    }
    v8::Local<v8::String> made;
    return result.ToLocal(&made) ? Wrap(made) : string;
#endif
}

int engine_name_hash(jsrun_value name) { return Unwrap<v8::Name>(name)->GetIdentityHash(); }

bool jsrun_same(jsrun_value left, jsrun_value right) {
    return left && right && Unwrap(left)->StrictEquals(Unwrap(right));
}

void engine_text(jsrun_entry *entry, jsrun_value string, char *text, size_t size) {
    text[0] = 0;
    JSRUN_GUARD(entry->engine);
    v8::Local<v8::String> value = Unwrap<v8::String>(string);
    v8::String::Utf8Value utf8(IsolateOf(entry), value);
    size_t length = *utf8 ? static_cast<size_t>(utf8.length()) : 0;
    if (length >= size) {
        length = size - 1;
        while (length && (static_cast<unsigned char>((*utf8)[length]) & 0xC0) == 0x80) length--;
    }
    if (length) std::memcpy(text, *utf8, length);
    text[length] = 0;
}

// --- keeping ----------------------------------------------------------------------------------------

namespace {

// A v8::Global is a pointer to a place of V8's, and that is what is kept: to look it up once more is what a call takes longest for.
class Kept {
  public:
    explicit Kept(void *content) { std::memcpy(storage_, &content, sizeof content); }
    Kept(v8::Isolate *isolate, v8::Local<v8::Value> value) {
        ::new (storage_) Global(isolate, value);
    }

    using Global = v8::Global<v8::Value>;
    Global &global() { return *std::launder(reinterpret_cast<Global *>(storage_)); }
    void *content() const {
        void *content;
        std::memcpy(&content, storage_, sizeof content);
        return content;
    }

  private:
    static_assert(sizeof(Global) == sizeof(void *), "a Global is one pointer");
    alignas(Global) char storage_[sizeof(Global)]; // without its destructor
};

} // namespace

void *engine_global_new(jsrun_entry *entry, jsrun_value value) {
    return Kept(IsolateOf(entry), Unwrap(value)).content();
}

jsrun_value engine_global_get(jsrun_entry *entry, void *global) {
    if (entry->engine->dead) return nullptr;
    return Wrap(Kept(global).global().Get(IsolateOf(entry)));
}

bool engine_global_is(void *global, jsrun_value value) {
    return Kept(global).global() == Unwrap(value);
}

void engine_global_free(void *global) { Kept(global).global().Reset(); }
