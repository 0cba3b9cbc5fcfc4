// The memory of ArrayBuffers, SharedArrayBuffers and views.
#ifndef RUNTIME_V8_BYTES_H
#define RUNTIME_V8_BYTES_H

#include <v8.h>

#include <memory>

namespace jsrun {

struct Bytes {
    std::shared_ptr<v8::BackingStore> store; // keeps the memory alive
    uint8_t *data;                           // may be NULL if there are none
    size_t size;
};

// Of an ArrayBuffer, a SharedArrayBuffer or a view. V8 keeps the bytes of small arrays in its heap:
// they are moved out of it.
Bytes BytesOf(v8::Local<v8::Value> value);
size_t ByteLengthOf(v8::Local<v8::Value> value);

} // namespace jsrun

#endif
