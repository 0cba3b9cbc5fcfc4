#include "v8/web.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include <sys/random.h>

#include "base/utf.h"
#include "v8/bytes.h"
#include "v8/native.h"
#include "v8/streams.h"

#ifdef JSRUN_HAS_ADA
extern "C" {
#include <ada_c.h>
}
#endif

namespace jsrun {

namespace {

using Info = v8::FunctionCallbackInfo<v8::Value>;

void ReturnPair(const Info &info, v8::Local<v8::Value> first, size_t second) {
    v8::Isolate *isolate = info.GetIsolate();
    v8::Local<v8::Value> both[] = {first, v8::Number::New(isolate, static_cast<double>(second))};
    info.GetReturnValue().Set(v8::Array::New(isolate, both, 2));
}

// --- text and bytes ------------------------------------------------------------------------------

// utf8Length(text)
void GetUtf8Length(const Info &info) {
    v8::Isolate *isolate = info.GetIsolate();
    size_t length = Utf8Length(isolate, info[0].As<v8::String>());
    info.GetReturnValue().Set(v8::Number::New(isolate, static_cast<double>(length)));
}

// utf8Write(text, bytes): [code units read, bytes written]
void Utf8Write(const Info &info) {
    v8::Isolate *isolate = info.GetIsolate();
    Bytes bytes = BytesOf(info[1]);
    size_t read;
    size_t written = WriteUtf8(isolate, info[0].As<v8::String>(),
                               reinterpret_cast<char *>(bytes.data), bytes.size, &read);
    ReturnPair(info, v8::Number::New(isolate, static_cast<double>(read)), written);
}

v8::MaybeLocal<v8::String> DecodeUtf8(v8::Isolate *isolate, const Bytes &bytes, bool fatal,
                                      bool stream, size_t *used) {
    *used = bytes.size - (stream ? utf8_incomplete(bytes.data, bytes.size) : 0);
    if (fatal && !utf8_is_valid(bytes.data, *used)) return {};
    return v8::String::NewFromUtf8(isolate, reinterpret_cast<char *>(bytes.data),
                                   v8::NewStringType::kNormal, static_cast<int>(*used));
}

v8::MaybeLocal<v8::String> DecodeUtf16(v8::Isolate *isolate, const Bytes &bytes, bool big_endian,
                                       bool fatal, bool stream, size_t *used) {
    std::vector<uint16_t> units(bytes.size / 2 + 1);
    size_t count = bytes.size / 2;
    for (size_t i = 0; i < count; i++) {
        unsigned first = bytes.data[2 * i], second = bytes.data[2 * i + 1];
        units[i] = static_cast<uint16_t>(big_endian ? first << 8 | second : second << 8 | first);
    }
    *used = bytes.size;
    if (stream) {
        if (count && utf16_is_high(units[count - 1])) count--;
        *used = count * 2;
    } else if (bytes.size % 2 && !(count && utf16_is_high(units[count - 1]))) {
        units[count++] = 0xD800; // half a unit is as wrong as a lone surrogate
    }
    if (utf16_replace_lone(units.data(), count) && fatal) return {};
    return v8::String::NewFromTwoByte(isolate, units.data(), v8::NewStringType::kNormal,
                                      static_cast<int>(count));
}

// decode(bytes, encoding, fatal, stream): [text, bytes used]; undefined: they are not valid
void Decode(const Info &info) {
    v8::Isolate *isolate = info.GetIsolate();
    Bytes bytes = BytesOf(info[0]);
    int32_t encoding = info[1].As<v8::Int32>()->Value();
    bool fatal = info[2]->IsTrue(), stream = info[3]->IsTrue();
    if (bytes.size > static_cast<size_t>(v8::String::kMaxLength)) {
        isolate->ThrowException(
            v8::Exception::RangeError(Text(isolate, "the text is too long for a string")));
        return;
    }
    std::vector<uint8_t> copy; // other threads may write to shared memory meanwhile
    if (bytes.store->IsShared()) {
        copy.assign(bytes.data, bytes.data + bytes.size);
        bytes.data = copy.data();
    }
    size_t used;
    v8::Local<v8::String> text;
    auto decoded = encoding == 0 ? DecodeUtf8(isolate, bytes, fatal, stream, &used)
                                 : DecodeUtf16(isolate, bytes, encoding == 2, fatal, stream, &used);
    if (decoded.ToLocal(&text)) ReturnPair(info, text, used);
}

// --- random numbers ------------------------------------------------------------------------------

// randomFill(bytes)
void RandomFill(const Info &info) {
    Bytes bytes = BytesOf(info[0]);
    for (size_t done = 0; done < bytes.size;) {
        ssize_t got = getrandom(bytes.data + done, bytes.size - done, 0);
        if (got > 0) {
            done += static_cast<size_t>(got);
        } else if (errno != EINTR) {
            v8::Isolate *isolate = info.GetIsolate();
            std::string message = std::string("no random numbers: ") + std::strerror(errno);
            isolate->ThrowException(v8::Exception::Error(Text(isolate, message.c_str())));
            return;
        }
    }
}

// --- URLs ----------------------------------------------------------------------------------------

#ifdef JSRUN_HAS_ADA

class Url {
  public:
    explicit Url(ada_url url) : url_(url) {}
    ~Url() { ada_free(url_); }
    Url(const Url &) = delete;
    Url &operator=(const Url &) = delete;
    ada_url get() const { return url_; }

  private:
    ada_url url_;
};

// In the order of the constants in js/web/url.js.
v8::Local<v8::Array> PartsOf(v8::Isolate *isolate, ada_url url) {
    static constexpr ada_string (*getters[])(ada_url) = {
        ada_get_href,     nullptr,        ada_get_protocol, ada_get_username,
        ada_get_password, ada_get_host,   ada_get_hostname, ada_get_port,
        ada_get_pathname, ada_get_search, ada_get_hash};
    std::vector<v8::Local<v8::Value>> parts;
    auto add = [&](const char *data, size_t length) {
        parts.push_back(v8::String::NewFromUtf8(isolate, data, v8::NewStringType::kNormal,
                                                static_cast<int>(length))
                            .ToLocalChecked());
    };
    for (auto getter : getters) {
        if (getter) {
            ada_string part = getter(url);
            add(part.data, part.length);
        } else {
            ada_owned_string origin = ada_get_origin(url);
            add(origin.data, origin.length);
            ada_free_owned_string(origin);
        }
    }
    return v8::Array::New(isolate, parts.data(), parts.size());
}

// parseUrl(url, base or undefined): its parts; undefined: it is not valid
void ParseUrl(const Info &info) {
    v8::Isolate *isolate = info.GetIsolate();
    v8::String::Utf8Value text(isolate, info[0]);
    auto length = static_cast<size_t>(text.length());
    v8::String::Utf8Value base(isolate, info[1]);
    Url url(info[1]->IsUndefined()
                ? ada_parse(*text, length)
                : ada_parse_with_base(*text, length, *base, static_cast<size_t>(base.length())));
    if (ada_is_valid(url.get())) info.GetReturnValue().Set(PartsOf(isolate, url.get()));
}

// changeUrl(href, which part, text): the parts then; undefined: the text is no URL. Other parts
// that are not valid are ignored.
void ChangeUrl(const Info &info) {
    using Set = bool (*)(ada_url, const char *, size_t);
    static constexpr Set setters[] = {ada_set_href,
                                      nullptr,
                                      ada_set_protocol,
                                      ada_set_username,
                                      ada_set_password,
                                      ada_set_host,
                                      ada_set_hostname,
                                      ada_set_port,
                                      ada_set_pathname,
                                      [](ada_url url, const char *text, size_t length) {
                                          ada_set_search(url, text, length);
                                          return true;
                                      },
                                      [](ada_url url, const char *text, size_t length) {
                                          ada_set_hash(url, text, length);
                                          return true;
                                      }};
    v8::Isolate *isolate = info.GetIsolate();
    v8::String::Utf8Value href(isolate, info[0]), text(isolate, info[2]);
    uint32_t part = info[1].As<v8::Uint32>()->Value();
    Url url(ada_parse(*href, static_cast<size_t>(href.length())));
    bool done = setters[part](url.get(), *text, static_cast<size_t>(text.length()));
    if (done || part != 0) info.GetReturnValue().Set(PartsOf(isolate, url.get()));
}

#endif

// --- the runtime ---------------------------------------------------------------------------------

// sinceStart(): milliseconds
void SinceStart(const Info &info) {
    double seconds =
        Platform::Get().MonotonicallyIncreasingTime() - EngineOf(info.GetIsolate())->started;
    info.GetReturnValue().Set(seconds * 1000);
}

// startTime(): milliseconds since 1970
void StartTime(const Info &info) {
    info.GetReturnValue().Set(EngineOf(info.GetIsolate())->start_time);
}

// readableStream(): the class
void ReadableStream(const Info &info) {
    v8::Isolate *isolate = info.GetIsolate();
    v8::Local<v8::Value> constructor;
    if (PropertyOf(isolate->GetCurrentContext(), kStreamsPart, Text(isolate, "ReadableStream"))
            .ToLocal(&constructor))
        info.GetReturnValue().Set(constructor);
}

constexpr NativeFunction kNative[] = {
    {"utf8Length", GetUtf8Length},
    {"utf8Write", Utf8Write},
    {"decode", Decode},
    {"randomFill", RandomFill},
    {"sinceStart", SinceStart},
    {"startTime", StartTime},
    {"readableStream", ReadableStream},
#ifdef JSRUN_HAS_ADA
    {"parseUrl", ParseUrl},
    {"changeUrl", ChangeUrl},
#endif
};

bool AddNatives(v8::Local<v8::Context> context, v8::Local<v8::Object> native) {
    return AddFunctions(context, native, kNative);
}

} // namespace

const Part kWebPart = {"web", AddNatives};

void AddWebReferences(References *references) { references->Add(kNative); }

} // namespace jsrun
