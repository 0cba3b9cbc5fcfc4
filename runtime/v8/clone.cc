#include "v8/clone.h"

#include <memory>
#include <unordered_map>
#include <vector>

#include "v8/isolate.h"
#include "v8/native.h"

namespace jsrun {

namespace {

using Buffers = std::vector<v8::Local<v8::ArrayBuffer>>;

// Scripts know a DOMException of this name and code; here it is an Error.
void ThrowDataCloneError(v8::Isolate *isolate, v8::Local<v8::String> message) {
    v8::Local<v8::Context> context = isolate->GetCurrentContext();
    v8::Local<v8::Object> error = v8::Exception::Error(message).As<v8::Object>();
    error
        ->DefineOwnProperty(context, Text(isolate, "name"), Text(isolate, "DataCloneError"),
                            v8::DontEnum)
        .FromMaybe(false);
    error
        ->DefineOwnProperty(context, Text(isolate, "code"), v8::Integer::New(isolate, 25),
                            v8::DontEnum)
        .FromMaybe(false);
    isolate->ThrowException(error);
}

class Writer : public v8::ValueSerializer::Delegate {
  public:
    explicit Writer(v8::Isolate *isolate)
        : isolate_(isolate), memory_(EngineOf(isolate)->allocator.get()) {}

    void ThrowDataCloneError(v8::Local<v8::String> message) override {
        jsrun::ThrowDataCloneError(isolate_, message);
    }

    v8::Maybe<uint32_t> GetSharedArrayBufferId(v8::Isolate *,
                                               v8::Local<v8::SharedArrayBuffer> buffer) override {
        auto same = places_.equal_range(buffer->GetIdentityHash());
        for (auto at = same.first; at != same.second; ++at)
            if (shared[at->second] == buffer) return v8::Just(at->second);
        auto place = static_cast<uint32_t>(shared.size());
        shared.emplace_back(isolate_, buffer);
        places_.emplace(buffer->GetIdentityHash(), place);
        return v8::Just(place);
    }

    // A string that occurs again is written again: what is written may be far larger than the heap.
    void *ReallocateBufferMemory(void *memory, size_t size, size_t *actual_size) override {
        *actual_size = size;
        return memory_->ResizeScratch(memory, size);
    }
    void FreeBufferMemory(void *memory) override { memory_->FreeScratch(memory); }

    // The serializer opens handle scopes of its own, which end before these are read.
    std::vector<v8::Global<v8::SharedArrayBuffer>> shared;

  private:
    std::unordered_multimap<int, uint32_t> places_; // in `shared`, by identity hash
    v8::Isolate *isolate_;
    CountingAllocator *memory_;
};

class Reader : public v8::ValueDeserializer::Delegate {
  public:
    Reader(v8::Isolate *isolate, const Writer &writer) : isolate_(isolate), writer_(writer) {}

    v8::MaybeLocal<v8::SharedArrayBuffer> GetSharedArrayBufferFromId(v8::Isolate *,
                                                                     uint32_t id) override {
        return writer_.shared[id].Get(isolate_);
    }

  private:
    v8::Isolate *isolate_;
    const Writer &writer_;
};

// Where each is among others, by identity hash: a list may have many thousands.
using Places = std::unordered_multimap<int, uint32_t>;

// False: it is not, and is noted as the next.
bool IsAmong(const Buffers &buffers, Places *places, v8::Local<v8::ArrayBuffer> buffer) {
    auto same = places->equal_range(buffer->GetIdentityHash());
    for (auto at = same.first; at != same.second; ++at)
        if (buffers[at->second]->StrictEquals(buffer)) return true;
    places->emplace(buffer->GetIdentityHash(), static_cast<uint32_t>(buffers.size()));
    return false;
}

// The ArrayBuffers of options.transfer. False: an exception was thrown.
bool ReadTransfer(v8::Isolate *isolate, v8::Local<v8::Context> context,
                  v8::Local<v8::Value> options, Buffers *buffers) {
    if (options->IsNullOrUndefined()) return true;
    v8::Local<v8::Value> transfer;
    if (!options->IsObject()) {
        isolate->ThrowException(v8::Exception::TypeError(
            Text(isolate, "structuredClone: the options must be an object")));
        return false;
    }
    if (!options.As<v8::Object>()->Get(context, Text(isolate, "transfer")).ToLocal(&transfer))
        return false;
    if (transfer->IsUndefined()) return true;
    if (!transfer->IsArray()) {
        isolate->ThrowException(
            v8::Exception::TypeError(Text(isolate, "structuredClone: transfer must be an array")));
        return false;
    }
    v8::Local<v8::Array> list = transfer.As<v8::Array>();
    Places places;
    for (uint32_t i = 0; i < list->Length(); i++) {
        v8::Local<v8::Value> item;
        if (!list->Get(context, i).ToLocal(&item)) return false;
        const char *wrong = nullptr;
        if (!item->IsArrayBuffer())
            wrong = "only an ArrayBuffer can be transferred";
        else if (!item.As<v8::ArrayBuffer>()->IsDetachable())
            wrong = "this ArrayBuffer cannot be transferred";
        else if (IsAmong(*buffers, &places, item.As<v8::ArrayBuffer>()))
            wrong = "an ArrayBuffer cannot be transferred twice";
        if (wrong) {
            ThrowDataCloneError(isolate, Text(isolate, wrong));
            return false;
        }
        buffers->push_back(item.As<v8::ArrayBuffer>());
    }
    return true;
}

void StructuredClone(const v8::FunctionCallbackInfo<v8::Value> &info) {
    v8::Isolate *isolate = info.GetIsolate();
    v8::Local<v8::Context> context = isolate->GetCurrentContext();
    if (info.Length() == 0) {
        isolate->ThrowException(v8::Exception::TypeError(
            Text(isolate, "structuredClone requires an argument: the value")));
        return;
    }
    Buffers buffers;
    if (!ReadTransfer(isolate, context, info[1], &buffers)) return;

    Writer writer(isolate);
    v8::ValueSerializer serializer(isolate, &writer);
    serializer.WriteHeader();
    for (uint32_t i = 0; i < buffers.size(); i++) serializer.TransferArrayBuffer(i, buffers[i]);
    if (!serializer.WriteValue(context, info[0]).FromMaybe(false)) return;
    std::pair<uint8_t *, size_t> written = serializer.Release();
    auto release = [&writer](uint8_t *memory) { writer.FreeBufferMemory(memory); };
    std::unique_ptr<uint8_t, decltype(release)> bytes(written.first, release);

    Reader reader(isolate, writer);
    v8::ValueDeserializer deserializer(isolate, bytes.get(), written.second, &reader);
    for (uint32_t i = 0; i < buffers.size(); i++) {
        std::shared_ptr<v8::BackingStore> store = buffers[i]->GetBackingStore();
        if (!Detach(buffers[i])) return;
        deserializer.TransferArrayBuffer(i, v8::ArrayBuffer::New(isolate, std::move(store)));
    }
    v8::Local<v8::Value> clone;
    if (deserializer.ReadHeader(context).FromMaybe(false) &&
        deserializer.ReadValue(context).ToLocal(&clone))
        info.GetReturnValue().Set(clone);
}

} // namespace

void InstallStructuredClone(v8::Isolate *isolate, v8::Local<v8::Context> context) {
    v8::Local<v8::String> name = Text(isolate, "structuredClone");
    v8::Local<v8::Function> function;
    if (!NewFunction(context, StructuredClone, v8::Local<v8::Value>(), 1).ToLocal(&function))
        return;
    function->SetName(name);
    context->Global()->DefineOwnProperty(context, name, function, v8::DontEnum).FromMaybe(false);
}

void AddCloneReferences(References *references) { references->Add(StructuredClone); }

} // namespace jsrun
