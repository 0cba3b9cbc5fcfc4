// Strings: making and reading them.

#include <new>

#include "v8/engine_values.h"
#include "v8/guard.h"
#include "v8/isolate.h"

using namespace jsrun;

// --- making --------------------------------------------------------------------------------------

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

// --- reading -------------------------------------------------------------------------------------

size_t jsrun_string_length(jsrun_value string) {
    return static_cast<size_t>(Unwrap<v8::String>(string)->Length());
}

bool jsrun_string_is_latin1(jsrun_value string) { return Unwrap<v8::String>(string)->IsOneByte(); }

void jsrun_string_copy_part_latin1(jsrun_entry *entry, jsrun_value string, size_t length,
                                   uint8_t *characters) {
    JSRUN_GUARD(entry->engine);
    CopyString(IsolateOf(entry), Unwrap<v8::String>(string), characters, static_cast<int>(length));
}

void jsrun_string_copy_latin1(jsrun_entry *entry, jsrun_value string, uint8_t *characters) {
    JSRUN_GUARD(entry->engine);
    CopyString(IsolateOf(entry), Unwrap<v8::String>(string), characters);
}

void jsrun_string_copy_utf16(jsrun_entry *entry, jsrun_value string, uint16_t *characters) {
    JSRUN_GUARD(entry->engine);
    CopyString(IsolateOf(entry), Unwrap<v8::String>(string), characters);
}

static StringUnits *UnitsIn(jsrun_units *units) {
    return std::launder(reinterpret_cast<StringUnits *>(units->storage));
}

bool jsrun_units_open(jsrun_entry *entry, jsrun_value string, jsrun_units *units) {
    static_assert(sizeof(StringUnits) <= sizeof units->storage, "room for the units");
    JSRUN_GUARD(entry->engine, false);
    ::new (units->storage) StringUnits(IsolateOf(entry), Unwrap<v8::String>(string));
    units->units = UnitsIn(units)->units();
    if (!units->units) UnitsIn(units)->~StringUnits();
    return units->units;
}

void jsrun_units_close(jsrun_units *units) { UnitsIn(units)->~StringUnits(); }

jsrun_value jsrun_internalized(jsrun_entry *entry, jsrun_value string) {
    JSRUN_GUARD(entry->engine, nullptr);
    return Wrap(Internalized(IsolateOf(entry), Unwrap<v8::String>(string)));
}

int engine_name_hash(jsrun_value name) { return Unwrap<v8::Name>(name)->GetIdentityHash(); }

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
