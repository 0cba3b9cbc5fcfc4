// What differs between versions of V8, in one form for the rest of this folder.
//
// Known versions: 10.2 (Debian 12), 13.6, 15. V8 11.3 (Debian 13) compiles too. Nothing outside of
// this header, of compat_platform.h (the classes of V8's platform) and of these four places asks
// for the version, because there a whole feature differs:
//
//   flow.cc           V8 15 keeps the number of a flow by itself; before, promises carry it
//   failed_check.cc   how the message of a failed check is found
//   elements.cc       V8 12 has Array::Iterate(), which reads many elements in one call
//   late.cc           V8 13 ends the process over a live call site, and has a way to find one
//
// A new version: build, and give each function here that does not compile one more branch. Put the
// newest version first in each, and compare with V8_AT_LEAST(), so that the order is the history.
#ifndef RUNTIME_V8_COMPAT_H
#define RUNTIME_V8_COMPAT_H

#include <v8-inspector.h>
#include <v8-version.h>
#include <v8.h>

#include <cstdlib>
#include <memory>

#define V8_AT_LEAST(major, minor)                                                                  \
    (V8_MAJOR_VERSION > (major) || (V8_MAJOR_VERSION == (major) && V8_MINOR_VERSION >= (minor)))

namespace jsrun {

// --- flags ---------------------------------------------------------------------------------------

// For every process, and for one that makes a snapshot without machine code.
#if V8_AT_LEAST(13, 0)
#define JSRUN_V8_FLAGS "--inspector-live-edit"
#define JSRUN_V8_FLAGS_WITHOUT_COMPILERS "--no-opt --no-sparkplug --no-maglev"
#else
// What became import attributes later.
#define JSRUN_V8_FLAGS "--harmony-import-assertions"
#define JSRUN_V8_FLAGS_WITHOUT_COMPILERS "--no-opt --no-sparkplug"
#endif

// --- scripts -------------------------------------------------------------------------------------

// Newer versions hide the exceptions of scripts of another origin from debuggers, as browsers do
// with those of other sites.
enum class Origin { kShared, kNotShared };

inline v8::ScriptOrigin ScriptOriginOf(v8::Isolate *isolate, v8::Local<v8::Value> name,
                                       Origin origin = Origin::kShared, bool is_module = false) {
    bool shared = origin == Origin::kShared;
    v8::Local<v8::Value> no_source_map;
#if V8_AT_LEAST(13, 0)
    (void)isolate;
    return v8::ScriptOrigin(name, 0, 0, shared, -1, no_source_map, false, false, is_module);
#else
    return v8::ScriptOrigin(isolate, name, 0, 0, shared, -1, no_source_map, false, false,
                            is_module);
#endif
}

inline v8::MaybeLocal<v8::Value> Call(v8::Isolate *isolate, v8::Local<v8::Context> context,
                                      v8::Local<v8::Function> function,
                                      v8::Local<v8::Value> receiver, int count,
                                      v8::Local<v8::Value> *arguments) {
#if V8_AT_LEAST(13, 0) // saves V8 from looking the isolate up
    return function->Call(isolate, context, receiver, count, arguments);
#else
    (void)isolate;
    return function->Call(context, receiver, count, arguments);
#endif
}

// Of a regular expression: its flag `v`.
#if V8_AT_LEAST(11, 0)
constexpr int kUnicodeSetsFlag = v8::RegExp::kUnicodeSets;
#else
constexpr int kUnicodeSetsFlag = 0; // there is none
#endif

inline v8::Local<v8::Value> PrototypeOf(v8::Local<v8::Object> object) {
#if V8_AT_LEAST(14, 0) || !V8_AT_LEAST(13, 0)
    return object->GetPrototype();
#else
    return object->GetPrototypeV2();
#endif
}

// --- strings -------------------------------------------------------------------------------------

// The first `length` characters, into `to`, without a NUL. One-byte only if the string is stored
// so.
inline void CopyString(v8::Isolate *isolate, v8::Local<v8::String> string, uint8_t *to,
                       int length) {
#if V8_AT_LEAST(15, 0)
    string->WriteOneByte(isolate, 0, static_cast<uint32_t>(length), to);
#elif V8_AT_LEAST(13, 0)
    string->WriteOneByteV2(isolate, 0, length, to);
#else
    string->WriteOneByte(isolate, to, 0, length, v8::String::NO_NULL_TERMINATION);
#endif
}

inline void CopyString(v8::Isolate *isolate, v8::Local<v8::String> string, uint8_t *to) {
    CopyString(isolate, string, to, string->Length());
}

inline void CopyString(v8::Isolate *isolate, v8::Local<v8::String> string, uint16_t *to) {
#if V8_AT_LEAST(15, 0)
    string->Write(isolate, 0, static_cast<uint32_t>(string->Length()), to);
#elif V8_AT_LEAST(13, 0)
    string->WriteV2(isolate, 0, string->Length(), to);
#else
    string->Write(isolate, to, 0, string->Length(), v8::String::NO_NULL_TERMINATION);
#endif
}

inline size_t Utf8Length(v8::Isolate *isolate, v8::Local<v8::String> string) {
#if V8_AT_LEAST(15, 0)
    return string->Utf8Length(isolate);
#elif V8_AT_LEAST(13, 0)
    return string->Utf8LengthV2(isolate);
#else
    return static_cast<size_t>(string->Utf8Length(isolate));
#endif
}

// As many whole characters as fit, without a NUL; U+FFFD stands for a lone surrogate. Returns the
// bytes written, and in *read the UTF-16 code units that they stand for.
inline size_t WriteUtf8(v8::Isolate *isolate, v8::Local<v8::String> string, char *to, size_t size,
                        size_t *read) {
    *read = 0;
#if V8_AT_LEAST(15, 0)
    return string->WriteUtf8(isolate, to, size, v8::String::WriteFlags::kReplaceInvalidUtf8, read);
#elif V8_AT_LEAST(13, 0)
    return string->WriteUtf8V2(isolate, to, size, v8::String::WriteFlags::kReplaceInvalidUtf8,
                               read);
#else
    if (size == 0) return 0; // V8 10.2 would take it for "all"
    int units = 0;
    int flags = v8::String::NO_NULL_TERMINATION | v8::String::REPLACE_INVALID_UTF8;
    int written = string->WriteUtf8(isolate, to, static_cast<int>(size), &units, flags);
    *read = static_cast<size_t>(units);
    return static_cast<size_t>(written);
#endif
}

// The UTF-16 code units of a string that is stored so. Nothing may be asked of V8 while it lives.
// units(): NULL if there was no memory.
#if V8_AT_LEAST(13, 0)
class StringUnits {
  public:
    StringUnits(v8::Isolate *isolate, v8::Local<v8::String> string) : view_(isolate, string) {}
    const uint16_t *units() const { return view_.data16(); }

  private:
    v8::String::ValueView view_;
};
#else
class StringUnits {
  public:
    StringUnits(v8::Isolate *isolate, v8::Local<v8::String> string) {
        // V8 makes one piece of the string first, and may run out of memory. So it has to happen
        // before there is something to free.
        uint16_t first;
        string->Write(isolate, &first, 0, 1, v8::String::NO_NULL_TERMINATION);
        size_t size = static_cast<size_t>(string->Length()) * sizeof(uint16_t);
        copy_ = static_cast<uint16_t *>(std::malloc(size));
        if (copy_) CopyString(isolate, string, copy_);
    }
    ~StringUnits() { std::free(copy_); }
    StringUnits(const StringUnits &) = delete;
    StringUnits &operator=(const StringUnits &) = delete;
    const uint16_t *units() const { return copy_; }

  private:
    uint16_t *copy_;
};
#endif

// The string of these characters that names of properties are compared by. The string itself where
// V8 cannot tell, or where it is too long for a name that is met often.
// Not inlined: a caller with a guard could not keep `string` in a register.
__attribute__((noinline)) inline v8::Local<v8::String> Internalized(v8::Isolate *isolate,
                                                                    v8::Local<v8::String> string) {
#if V8_AT_LEAST(13, 0)
    return string->InternalizeString(isolate);
#else
    constexpr int kLongest = 64;
    constexpr auto kInternalized = v8::NewStringType::kInternalized;
    uint8_t bytes[kLongest];
    uint16_t units[kLongest];
    int length = string->Length();
    if (length > kLongest) return string;
    // V8 stores every string of the same characters as it stores this one.
    if (string->IsOneByte()) {
        CopyString(isolate, string, bytes);
        return v8::String::NewFromOneByte(isolate, bytes, kInternalized, length).FromMaybe(string);
    }
    CopyString(isolate, string, units);
    return v8::String::NewFromTwoByte(isolate, units, kInternalized, length).FromMaybe(string);
#endif
}

// --- buffers -------------------------------------------------------------------------------------

#if V8_AT_LEAST(13, 0)
constexpr size_t kMaxBytes = v8::Uint8Array::kMaxLength;
#else
constexpr size_t kMaxBytes = v8::TypedArray::kMaxLength;
#endif

// False: it cannot be.
inline bool Detach(v8::Local<v8::ArrayBuffer> buffer) {
#if V8_AT_LEAST(13, 0)
    return buffer->Detach(v8::Local<v8::Value>()).FromMaybe(false);
#else
    buffer->Detach();
    return true;
#endif
}

// Whether JavaScript can change its length.
inline bool IsResizable(const v8::BackingStore &store) {
#if V8_AT_LEAST(13, 0)
    return store.IsResizableByUserJavaScript();
#else
    (void)store; // JavaScript has none
    return false;
#endif
}

inline void FinishStreaming(v8::WasmStreaming &wire) {
#if V8_AT_LEAST(15, 0)
    wire.Finish(nullptr);
#else
    wire.Finish();
#endif
}

// --- contexts ------------------------------------------------------------------------------------

inline void SetEmbedderObject(v8::Local<v8::Context> context, int slot,
                              v8::Local<v8::Object> object) {
#if V8_AT_LEAST(15, 0)
    context->SetEmbedderDataV2(slot, object);
#else
    context->SetEmbedderData(slot, object);
#endif
}

template <typename T> v8::Local<T> GetEmbedderObject(v8::Local<v8::Context> context, int slot) {
#if V8_AT_LEAST(15, 0)
    return context->GetEmbedderDataV2(slot).As<v8::Value>().As<T>();
#else
    return context->GetEmbedderData(slot).As<T>();
#endif
}

// `params` as for an isolate. Enters the isolate.
inline std::unique_ptr<v8::SnapshotCreator>
NewSnapshotCreator(v8::Isolate *isolate, const v8::Isolate::CreateParams &params) {
#if V8_AT_LEAST(13, 0)
    return std::make_unique<v8::SnapshotCreator>(isolate, params);
#else
    return std::make_unique<v8::SnapshotCreator>(isolate, params.external_references,
                                                 params.snapshot_blob);
#endif
}

// --- modules -------------------------------------------------------------------------------------

template <typename T>
v8::Local<T> ElementOf(v8::Local<v8::Context> context, v8::Local<v8::FixedArray> array, int index) {
#if V8_AT_LEAST(15, 0)
    (void)context;
    return array->Get(index).As<T>();
#else
    return array->Get(context, index).As<T>();
#endif
}

inline v8::Local<v8::FixedArray> ImportAttributesOf(v8::Local<v8::ModuleRequest> request) {
#if V8_AT_LEAST(13, 0)
    return request->GetImportAttributes();
#else
    return request->GetImportAssertions();
#endif
}

// A module whose one export is `name`; `steps` sets it.
inline v8::Local<v8::Module> NewSyntheticModule(v8::Isolate *isolate, v8::Local<v8::String> url,
                                                v8::Local<v8::String> name,
                                                v8::Module::SyntheticModuleEvaluationSteps steps) {
#if V8_AT_LEAST(13, 0)
    v8::Local<v8::String> names[] = {name};
    return v8::Module::CreateSyntheticModule(
        isolate, url, v8::MemorySpan<const v8::Local<v8::String>>(names, 1), steps);
#else
    return v8::Module::CreateSyntheticModule(isolate, url, {name}, steps);
#endif
}

#if !V8_AT_LEAST(15, 0)
// Attributes of a module's requests: key, value and position in turn. Positions do not count.
inline bool SameAttributes(v8::Local<v8::Context> context, v8::Local<v8::FixedArray> left,
                           v8::Local<v8::FixedArray> right) {
    if (left->Length() != right->Length()) return false;
    for (int i = 0; i < left->Length(); i++) {
        if (i % 3 == 2) continue;
        if (!ElementOf<v8::String>(context, left, i)
                 ->StringEquals(ElementOf<v8::String>(context, right, i)))
            return false;
    }
    return true;
}
#endif

// Finds all modules of the graph. `resolve` tells what a request of a module is, by its number.
template <v8::MaybeLocal<v8::Module> (*resolve)(v8::Isolate *isolate,
                                                v8::Local<v8::Module> importer, int request)>
v8::Maybe<bool> LinkModule(v8::Local<v8::Context> context, v8::Local<v8::Module> module) {
#if V8_AT_LEAST(15, 0)
    v8::Module::ResolveModuleByIndexCallback by_number = [](v8::Local<v8::Context>, size_t request,
                                                            v8::Local<v8::Module> importer) {
        return resolve(v8::Isolate::GetCurrent(), importer, static_cast<int>(request));
    };
    return module->InstantiateModule(context, by_number);
#else
    // V8 tells what is imported, and not which of the requests it is.
    v8::Module::ResolveModuleCallback by_name =
        [](v8::Local<v8::Context> inside, v8::Local<v8::String> specifier,
           v8::Local<v8::FixedArray> attributes, v8::Local<v8::Module> importer) {
            v8::Local<v8::FixedArray> requests = importer->GetModuleRequests();
            int i = 0;
            for (; i < requests->Length(); i++) {
                auto request = ElementOf<v8::ModuleRequest>(inside, requests, i);
                if (request->GetSpecifier()->StringEquals(specifier) &&
                    SameAttributes(inside, ImportAttributesOf(request), attributes))
                    break;
            }
            return resolve(v8::Isolate::GetCurrent(), importer, i);
        };
    return module->InstantiateModule(context, by_name);
#endif
}

// --- failures ------------------------------------------------------------------------------------

// The last argument of a handler for out of memory.
#if V8_AT_LEAST(11, 0)
using OutOfMemoryDetails = const v8::OOMDetails &;
#else
using OutOfMemoryDetails = bool;
#endif

// How the messages of those checks begin that cost an isolate and not the process. Memory can still
// be trusted after them. All other checks stay fatal.
constexpr const char *kSurvivableChecks[] = {
    // An array is too long for V8. The check is about a size and nothing else.
    "Fatal JavaScript invalid size error",
#if !V8_AT_LEAST(13, 0)
    // V8 10.2 comes to modules that have failed already, when several evaluations of graphs with
    // cycles and top-level await are under way.
    "Check failed: module->status() == kEvaluating",
#endif
};

// --- the inspector -------------------------------------------------------------------------------

#if V8_AT_LEAST(15, 0)
using InspectorSession = std::shared_ptr<v8_inspector::V8InspectorSession>;
#else
using InspectorSession = std::unique_ptr<v8_inspector::V8InspectorSession>;
#endif

inline InspectorSession Connect(v8_inspector::V8Inspector &inspector, int context_group,
                                v8_inspector::V8Inspector::Channel *channel) {
    v8_inspector::StringView no_state;
#if V8_AT_LEAST(15, 0)
    return inspector.connectShared(context_group, channel, no_state,
                                   v8_inspector::V8Inspector::kFullyTrusted,
                                   v8_inspector::V8Inspector::kNotWaitingForDebugger);
#elif V8_AT_LEAST(11, 0)
    return inspector.connect(context_group, channel, no_state,
                             v8_inspector::V8Inspector::kFullyTrusted);
#else
    return inspector.connect(context_group, channel, no_state);
#endif
}

} // namespace jsrun

#endif
