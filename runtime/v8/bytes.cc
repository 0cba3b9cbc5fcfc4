#include "v8/bytes.h"

#include "v8/guard.h"
#include "v8/engine_values.h"

using namespace jsrun;

Bytes jsrun::BytesOf(v8::Local<v8::Value> value) {
    size_t offset = 0, size = ByteLengthOf(value);
    std::shared_ptr<v8::BackingStore> store;
    if (value->IsArrayBufferView()) {
        v8::Local<v8::ArrayBufferView> view = value.As<v8::ArrayBufferView>();
        store = view->Buffer()->GetBackingStore();
        offset = view->ByteOffset();
    } else if (value->IsSharedArrayBuffer()) {
        store = value.As<v8::SharedArrayBuffer>()->GetBackingStore();
    } else {
        store = value.As<v8::ArrayBuffer>()->GetBackingStore();
    }
    auto *data = static_cast<uint8_t *>(store->Data());
    return {std::move(store), data ? data + offset : nullptr, size};
}

size_t jsrun::ByteLengthOf(v8::Local<v8::Value> value) {
    if (value->IsArrayBufferView()) return value.As<v8::ArrayBufferView>()->ByteLength();
    if (value->IsSharedArrayBuffer()) return value.As<v8::SharedArrayBuffer>()->ByteLength();
    return value.As<v8::ArrayBuffer>()->ByteLength();
}

// --- making --------------------------------------------------------------------------------------

namespace {

// What allocates and frees the memory of a buffer: a view of the host's may outlive the engine.
using Allocator = std::shared_ptr<CountingAllocator>;

void FreeBytes(void *data, size_t size, void *from) {
    if (!data) return;
    auto *allocator = static_cast<Allocator *>(from);
    (*allocator)->Free(data, size);
    delete allocator;
}

// NULL: there are not enough left.
void *AllocateBytes(jsrun_entry *entry, size_t length, bool zeroed) {
    CountingAllocator *allocator = entry->engine->allocator.get();
    auto allocate = [&] {
        return zeroed ? allocator->Allocate(length) : allocator->AllocateUninitialized(length);
    };
    void *data = allocate();
    if (data) return data;
    IsolateOf(entry)->LowMemoryNotification(); // what takes it all may be garbage
    return allocate();
}

// Not ArrayBuffer::New(): that one ends the process when there is no memory. `data` is the
// allocator's.
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

size_t jsrun_bytes_length(jsrun_value bytes) { return ByteLengthOf(Unwrap(bytes)); }

void jsrun_bytes_copy(jsrun_value bytes, void *to) {
    v8::Local<v8::Value> value = Unwrap(bytes);
    if (value->IsArrayBufferView()) { // a small one stays in V8's heap
        v8::Local<v8::ArrayBufferView> view = value.As<v8::ArrayBufferView>();
        view->CopyContents(to, view->ByteLength());
        return;
    }
    Bytes from = BytesOf(value);
    if (from.size) std::memcpy(to, from.data, from.size);
}

// --- views of the host's -------------------------------------------------------------------------

namespace {

// V8 cannot be told that there is no memory to move a small array out of its heap: it takes that to
// be the isolate's end.
bool CanMoveOut(engine *engine, size_t length) {
    void *room = engine->allocator->AllocateUninitialized(length);
    if (room) engine->allocator->Free(room, length);
    return room;
}

} // namespace

jsrun_view_status engine_view_open(jsrun_entry *entry, jsrun_value value, jsrun_view *view) {
    JSRUN_GUARD(entry->engine, JSRUN_VIEW_NO_MEMORY);
    v8::Local<v8::Value> local = Unwrap(value);
    size_t length = ByteLengthOf(local);
    if (length && local->IsArrayBufferView() && !local.As<v8::ArrayBufferView>()->HasBuffer() &&
        !CanMoveOut(entry->engine, length))
        return JSRUN_VIEW_NO_MEMORY;
    Bytes bytes = BytesOf(local);
    if (IsResizable(*bytes.store) && !bytes.store->IsShared()) return JSRUN_VIEW_RESIZABLE;
    view->length = bytes.size;
    view->data = bytes.size ? bytes.data : nullptr;
    view->memory = new std::shared_ptr<v8::BackingStore>(std::move(bytes.store));
    return JSRUN_VIEW_OK;
}

void engine_view_close(jsrun_view *view) {
    delete static_cast<std::shared_ptr<v8::BackingStore> *>(view->memory);
}
