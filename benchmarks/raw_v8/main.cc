// Measures V8 alone, from C++: without Python, a conversion layer, or other threads. No embedding
// can beat these figures, and benchmarks/run.py divides all others by them.
//
//   raw_v8 [--rounds N] [ROW...]   measures in interleaved rounds and prints medians as JSON
//   raw_v8 --serve                 reads names of rows, one a line; answers each with a JSON line
//
// Works with every V8 that the project works with. Times are in ns, memory is in bytes.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>
#include <sys/resource.h>
#include <unistd.h>

#include "libplatform/libplatform.h"
#include "v8.h"

namespace {

constexpr int kInts = 100'000;
constexpr int kObjects = 10'000;
constexpr int kTextBytes = 1'000'000;
constexpr int kBytes = 10'000'000;
constexpr int kEngines = 100;
constexpr int kSwitchCalls = 10'000;

// Batches are short, so that even on a busy machine most of them are not interrupted.
constexpr double kBatchNs = 1e6;
constexpr int kBatches = 25;
constexpr double kSamplesNs = 60e6;
constexpr int kMinSamples = 5;

[[noreturn]] void fail(const std::string &message) {
    std::fprintf(stderr, "raw_v8: %s\n", message.c_str());
    std::exit(1);
}

// Every result that is timed is also checked: a row must not be fast because it is wrong.
void check(bool right, const char *what) {
    if (!right) {
        fail(std::string("wrong result: ") + what);
    }
}

double nowNs() {
    auto now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<double>(std::chrono::nanoseconds(now).count());
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    size_t middle = values.size() / 2;
    return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// The figure of one measurement. Other work of the machine only makes samples longer, so the upper
// half says little. The very lowest would leave out V8's own housekeeping.
double lowerQuartile(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 4];
}

// The ns of one operation of many: `batch` does it as often as it is told.
double measureBatches(const std::function<void(int)> &batch) {
    int count = 1;
    while (true) {
        double begin = nowNs();
        batch(count);
        double elapsed = nowNs() - begin;
        if (elapsed >= kBatchNs || count >= 1 << 28) {
            break;
        }
        count *= 2;
    }
    std::vector<double> samples;
    for (int i = 0; i < kBatches; i++) {
        double begin = nowNs();
        batch(count);
        samples.push_back((nowNs() - begin) / count);
    }
    return lowerQuartile(samples);
}

// The ns of a long operation: `sample` does it once and returns the ns of the part that counts.
double measureSamples(const std::function<double()> &sample) {
    sample(); // warms up
    std::vector<double> samples;
    double end = nowNs() + kSamplesNs;
    while (nowNs() < end || samples.size() < kMinSamples) {
        samples.push_back(sample());
    }
    return lowerQuartile(samples);
}

std::unique_ptr<v8::ArrayBuffer::Allocator> arrayBufferAllocator;

// An isolate with one context. Unlocked and Locked enter it.
class Engine {
  public:
    Engine() {
        v8::Isolate::CreateParams params;
        params.array_buffer_allocator = arrayBufferAllocator.get();
        isolate_ = v8::Isolate::New(params);
    }
    ~Engine() {
        context_.Reset();
        isolate_->Dispose();
    }
    Engine(const Engine &) = delete;
    Engine &operator=(const Engine &) = delete;

    v8::Isolate *isolate() { return isolate_; }

    // Made at the first call. The isolate has to be entered.
    v8::Local<v8::Context> context() {
        if (context_.IsEmpty()) {
            context_.Reset(isolate_, v8::Context::New(isolate_));
        }
        return context_.Get(isolate_);
    }

  private:
    v8::Isolate *isolate_;
    v8::Global<v8::Context> context_;
};

// Enters the isolate as long as it lives, without a lock.
struct Unlocked {
    explicit Unlocked(Engine &engine)
        : isolate(engine.isolate()), isolateScope(isolate), handleScope(isolate),
          contextScope(engine.context()), context(engine.context()) {}

    v8::Isolate *isolate;
    v8::Isolate::Scope isolateScope;
    v8::HandleScope handleScope;
    v8::Context::Scope contextScope;
    v8::Local<v8::Context> context;
};

// The same with V8's lock, so that no other thread can enter.
struct Locked {
    explicit Locked(Engine &engine) : locker(engine.isolate()), unlocked(engine) {}

    v8::Locker locker;
    Unlocked unlocked;
};

v8::Local<v8::String> oneByteString(v8::Isolate *isolate, const std::string &text) {
    return v8::String::NewFromOneByte(isolate, reinterpret_cast<const uint8_t *>(text.data()),
                                      v8::NewStringType::kNormal, static_cast<int>(text.size()))
        .ToLocalChecked();
}

v8::Local<v8::String> key(v8::Isolate *isolate, const char *name) {
    return v8::String::NewFromOneByte(isolate, reinterpret_cast<const uint8_t *>(name),
                                      v8::NewStringType::kInternalized)
        .ToLocalChecked();
}

void readOneByte(v8::Isolate *isolate, v8::Local<v8::String> string, std::string &text) {
    int length = string->Length();
    text.resize(length);
    auto *buffer = reinterpret_cast<uint8_t *>(text.data());
#if V8_MAJOR_VERSION >= 14
    string->WriteOneByte(isolate, 0, length, buffer);
#else
    string->WriteOneByte(isolate, buffer, 0, length, v8::String::NO_NULL_TERMINATION);
#endif
}

void readTwoByte(v8::Isolate *isolate, v8::Local<v8::String> string, std::u16string &text) {
    int length = string->Length();
    text.resize(length);
    auto *buffer = reinterpret_cast<uint16_t *>(text.data());
#if V8_MAJOR_VERSION >= 14
    string->Write(isolate, 0, length, buffer);
#else
    string->Write(isolate, buffer, 0, length, v8::String::NO_NULL_TERMINATION);
#endif
}

v8::Local<v8::Value> evaluate(const Unlocked &entered, const std::string &code) {
    v8::Local<v8::String> source = oneByteString(entered.isolate, code);
    v8::Local<v8::Script> script = v8::Script::Compile(entered.context, source).ToLocalChecked();
    return script->Run(entered.context).ToLocalChecked();
}

v8::Local<v8::Function> function(const Unlocked &entered, const std::string &code) {
    return evaluate(entered, code).As<v8::Function>();
}

v8::Local<v8::Value> call(const Unlocked &entered, v8::Local<v8::Function> function,
                          std::vector<v8::Local<v8::Value>> arguments) {
    int count = static_cast<int>(arguments.size());
    return function->Call(entered.context, v8::Undefined(entered.isolate), count, arguments.data())
        .ToLocalChecked();
}

int64_t integer(v8::Local<v8::Value> value) { return value.As<v8::Integer>()->Value(); }

// Compiling and running -------------------------------------------------------------------------

double evalSame(Engine &engine) {
    Unlocked entered(engine);
    return measureBatches([&](int count) {
        int64_t sum = 0;
        for (int i = 0; i < count; i++) {
            v8::HandleScope scope(engine.isolate());
            sum += integer(evaluate(entered, "2+2"));
        }
        check(sum == 4 * static_cast<int64_t>(count), "eval 2+2");
    });
}

// A text that the compilation cache does not know.
double evalNew(Engine &engine) {
    Unlocked entered(engine);
    int number = 0;
    return measureBatches([&](int count) {
        for (int i = 0; i < count; i++) {
            v8::HandleScope scope(engine.isolate());
            number++;
            int64_t result = integer(evaluate(entered, "2+" + std::to_string(number)));
            check(result == number + 2, "eval of a new text");
        }
    });
}

double evalLocked(Engine &engine) {
    return measureBatches([&](int count) {
        int64_t sum = 0;
        for (int i = 0; i < count; i++) {
            Locked entered(engine);
            sum += integer(evaluate(entered.unlocked, "2+2"));
        }
        check(sum == 4 * static_cast<int64_t>(count), "eval 2+2 under a Locker");
    });
}

// Calls -----------------------------------------------------------------------------------------

int64_t addOnce(const Unlocked &entered, v8::Local<v8::Function> add, int first) {
    v8::Local<v8::Value> arguments[] = {v8::Integer::New(entered.isolate, first),
                                        v8::Integer::New(entered.isolate, 2)};
    v8::Local<v8::Value> undefined = v8::Undefined(entered.isolate);
    return integer(add->Call(entered.context, undefined, 2, arguments).ToLocalChecked());
}

double callUnlocked(Engine &engine) {
    Unlocked entered(engine);
    v8::Local<v8::Function> add = function(entered, "(a, b) => a + b");
    return measureBatches([&](int count) {
        int64_t sum = 0;
        for (int i = 0; i < count; i++) {
            v8::HandleScope scope(engine.isolate());
            sum += addOnce(entered, add, 1);
        }
        check(sum == 3 * static_cast<int64_t>(count), "call");
    });
}

double callLocked(Engine &engine) {
    v8::Global<v8::Function> add;
    {
        Locked entered(engine);
        add.Reset(engine.isolate(), function(entered.unlocked, "(a, b) => a + b"));
    }
    double result = measureBatches([&](int count) {
        int64_t sum = 0;
        for (int i = 0; i < count; i++) {
            Locked entered(engine);
            sum += addOnce(entered.unlocked, add.Get(engine.isolate()), 1);
        }
        check(sum == 3 * static_cast<int64_t>(count), "call under a Locker");
    });
    Locked entered(engine);
    add.Reset();
    return result;
}

void addInCpp(const v8::FunctionCallbackInfo<v8::Value> &info) {
    info.GetReturnValue().Set(static_cast<int32_t>(integer(info[0]) + integer(info[1])));
}

double callback(Engine &engine) {
    Unlocked entered(engine);
    v8::Local<v8::Function> host = v8::Function::New(entered.context, addInCpp).ToLocalChecked();
    entered.context->Global()->Set(entered.context, key(engine.isolate(), "host"), host).Check();
    v8::Local<v8::Function> loop = function(
        entered, "(n) => { let s = 0; for (let i = 0; i < n; i++) s = host(s, 1); return s }");
    return measureBatches([&](int count) {
        v8::HandleScope scope(engine.isolate());
        v8::Local<v8::Value> result =
            call(entered, loop, {v8::Integer::New(engine.isolate(), count)});
        check(integer(result) == count, "callback");
    });
}

long voluntarySwitches() {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_nvcsw;
}

double callSwitches(Engine &engine) {
    Unlocked entered(engine);
    v8::Local<v8::Function> add = function(entered, "(a, b) => a + b");
    long before = voluntarySwitches();
    for (int i = 0; i < kSwitchCalls; i++) {
        v8::HandleScope scope(engine.isolate());
        check(addOnce(entered, add, i) == i + 2, "call");
    }
    return static_cast<double>(voluntarySwitches() - before);
}

double evalSwitches(Engine &engine) {
    Unlocked entered(engine);
    long before = voluntarySwitches();
    for (int i = 0; i < kSwitchCalls; i++) {
        v8::HandleScope scope(engine.isolate());
        check(integer(evaluate(entered, "2+2")) == 4, "eval");
    }
    return static_cast<double>(voluntarySwitches() - before);
}

// Data ------------------------------------------------------------------------------------------
// "Out" turns a JavaScript value into a C++ one, "in" does the reverse. The shape of the data is
// not known beforehand: the keys of an object are read, not assumed.

double intsOut(Engine &engine) {
    Unlocked entered(engine);
    v8::Local<v8::Function> get =
        function(entered, "globalThis.ints = Array.from({length: " + std::to_string(kInts) +
                              "}, (_, i) => i); () => ints");
    return measureSamples([&] {
        v8::HandleScope scope(engine.isolate());
        std::vector<int64_t> ints;
        double begin = nowNs();
        v8::Local<v8::Array> array = call(entered, get, {}).As<v8::Array>();
        uint32_t length = array->Length();
        ints.reserve(length);
#if V8_MAJOR_VERSION >= 12
        auto append = [](uint32_t, v8::Local<v8::Value> value, void *data) {
            static_cast<std::vector<int64_t> *>(data)->push_back(integer(value));
            return v8::Array::CallbackResult::kContinue;
        };
        check(array->Iterate(entered.context, append, &ints).IsJust(), "ints out");
#else
        for (uint32_t i = 0; i < length; i++) {
            v8::HandleScope elementScope(engine.isolate());
            ints.push_back(integer(array->Get(entered.context, i).ToLocalChecked()));
        }
#endif
        double elapsed = nowNs() - begin;
        check(ints.size() == kInts && ints[kInts - 1] == kInts - 1, "ints out");
        return elapsed;
    });
}

double intsIn(Engine &engine) {
    Unlocked entered(engine);
    v8::Local<v8::Function> take = function(entered, "(a) => a.length + a[a.length - 1]");
    return measureSamples([&] {
        v8::HandleScope scope(engine.isolate());
        double begin = nowNs();
        std::vector<v8::Local<v8::Value>> elements;
        elements.reserve(kInts);
        for (int i = 0; i < kInts; i++) {
            elements.push_back(v8::Integer::New(engine.isolate(), i));
        }
        v8::Local<v8::Array> array =
            v8::Array::New(engine.isolate(), elements.data(), elements.size());
        int64_t result = integer(call(entered, take, {array}));
        double elapsed = nowNs() - begin;
        check(result == 2 * kInts - 1, "ints in");
        return elapsed;
    });
}

using Field = std::variant<std::monostate, bool, double, std::string>;
using Record = std::vector<std::pair<std::string, Field>>;

constexpr const char *kMakeRecords = R"(
globalThis.records = Array.from({length: 10000}, (_, i) => ({
    id: i, name: "name " + i, email: "user" + i + "@example.org", score: i + 0.5,
    active: i % 2 == 0, parent: null, country: "DE", visits: i * 3,
}));
() => records)";

Field readField(v8::Isolate *isolate, v8::Local<v8::Value> value) {
    if (value->IsString()) {
        std::string text;
        readOneByte(isolate, value.As<v8::String>(), text);
        return text;
    }
    if (value->IsNumber()) {
        return value.As<v8::Number>()->Value();
    }
    if (value->IsBoolean()) {
        return value->IsTrue();
    }
    return std::monostate();
}

double objectsOut(Engine &engine) {
    Unlocked entered(engine);
    v8::Local<v8::Function> get = function(entered, kMakeRecords);
    return measureSamples([&] {
        v8::HandleScope scope(engine.isolate());
        std::vector<Record> records;
        double begin = nowNs();
        v8::Local<v8::Array> array = call(entered, get, {}).As<v8::Array>();
        uint32_t length = array->Length();
        records.reserve(length);
        for (uint32_t i = 0; i < length; i++) {
            v8::HandleScope elementScope(engine.isolate());
            v8::Local<v8::Object> object =
                array->Get(entered.context, i).ToLocalChecked().As<v8::Object>();
            v8::Local<v8::Array> names =
                object->GetOwnPropertyNames(entered.context).ToLocalChecked();
            Record record;
            record.reserve(names->Length());
            for (uint32_t j = 0; j < names->Length(); j++) {
                v8::Local<v8::Value> name = names->Get(entered.context, j).ToLocalChecked();
                std::string text;
                readOneByte(engine.isolate(), name.As<v8::String>(), text);
                record.emplace_back(std::move(text),
                                    readField(engine.isolate(),
                                              object->Get(entered.context, name).ToLocalChecked()));
            }
            records.push_back(std::move(record));
        }
        double elapsed = nowNs() - begin;
        const Record &last = records[kObjects - 1];
        check(records.size() == kObjects && last.size() == 8 && last[1].first == "name" &&
                  std::get<std::string>(last[1].second) == "name 9999" &&
                  std::get<double>(last[3].second) == 9999.5,
              "objects out");
        return elapsed;
    });
}

double objectsIn(Engine &engine) {
    Unlocked entered(engine);
    v8::Isolate *isolate = engine.isolate();
    v8::Local<v8::Function> take = function(entered, "(a) => a.length + a[a.length - 1].visits");
    std::vector<Record> records;
    for (int i = 0; i < kObjects; i++) {
        std::string number = std::to_string(i);
        records.push_back({{"id", double(i)},
                           {"name", "name " + number},
                           {"email", "user" + number + "@example.org"},
                           {"score", i + 0.5},
                           {"active", i % 2 == 0},
                           {"parent", std::monostate()},
                           {"country", std::string("DE")},
                           {"visits", i * 3.0}});
    }
    return measureSamples([&] {
        v8::HandleScope scope(isolate);
        double begin = nowNs();
        // The names are the same each time. An embedding may keep them, and the best ones do.
        std::vector<v8::Local<v8::String>> names;
        for (const auto &entry : records[0]) {
            names.push_back(key(isolate, entry.first.c_str()));
        }
        std::vector<v8::Local<v8::Value>> elements;
        elements.reserve(records.size());
        for (const Record &record : records) {
            v8::EscapableHandleScope elementScope(isolate);
            v8::Local<v8::Object> object = v8::Object::New(isolate);
            for (size_t i = 0; i < record.size(); i++) {
                const Field &field = record[i].second;
                v8::Local<v8::Value> value = v8::Null(isolate);
                if (const auto *text = std::get_if<std::string>(&field)) {
                    value = oneByteString(isolate, *text);
                } else if (const auto *number = std::get_if<double>(&field)) {
                    value = v8::Number::New(isolate, *number);
                } else if (const auto *truth = std::get_if<bool>(&field)) {
                    value = v8::Boolean::New(isolate, *truth);
                }
                object->CreateDataProperty(entered.context, names[i], value).Check();
            }
            elements.push_back(elementScope.Escape(object));
        }
        v8::Local<v8::Array> array = v8::Array::New(isolate, elements.data(), elements.size());
        int64_t result = integer(call(entered, take, {array}));
        double elapsed = nowNs() - begin;
        check(result == kObjects + 3 * (kObjects - 1), "objects in");
        return elapsed;
    });
}

// A text of kTextBytes bytes of UTF-16, or of Latin-1.
std::u16string twoByteText(bool astral) {
    std::u16string text;
    while (text.size() < kTextBytes / 2) {
        text += astral ? u"\U0001F600" : u"\u20AC";
    }
    return text;
}

v8::Local<v8::String> twoByteString(v8::Isolate *isolate, const std::u16string &text) {
    return v8::String::NewFromTwoByte(isolate, reinterpret_cast<const uint16_t *>(text.data()),
                                      v8::NewStringType::kNormal, static_cast<int>(text.size()))
        .ToLocalChecked();
}

double latin1Out(Engine &engine) {
    Unlocked entered(engine);
    const std::string expected(kTextBytes, '\xE9');
    v8::Local<v8::Function> keep =
        function(entered, "(s) => { globalThis.text = s; return () => text }");
    v8::Local<v8::Function> get =
        call(entered, keep, {oneByteString(engine.isolate(), expected)}).As<v8::Function>();
    return measureSamples([&] {
        v8::HandleScope scope(engine.isolate());
        std::string text;
        double begin = nowNs();
        readOneByte(engine.isolate(), call(entered, get, {}).As<v8::String>(), text);
        double elapsed = nowNs() - begin;
        check(text == expected, "Latin-1 out");
        return elapsed;
    });
}

double latin1In(Engine &engine) {
    Unlocked entered(engine);
    const std::string text(kTextBytes, '\xE9');
    v8::Local<v8::Function> take = function(entered, "(s) => s.length");
    return measureSamples([&] {
        v8::HandleScope scope(engine.isolate());
        double begin = nowNs();
        int64_t length = integer(call(entered, take, {oneByteString(engine.isolate(), text)}));
        double elapsed = nowNs() - begin;
        check(length == kTextBytes, "Latin-1 in");
        return elapsed;
    });
}

double twoByteOut(Engine &engine, bool astral) {
    Unlocked entered(engine);
    const std::u16string expected = twoByteText(astral);
    v8::Local<v8::Function> keep =
        function(entered, "(s) => { globalThis.text = s; return () => text }");
    v8::Local<v8::Function> get =
        call(entered, keep, {twoByteString(engine.isolate(), expected)}).As<v8::Function>();
    return measureSamples([&] {
        v8::HandleScope scope(engine.isolate());
        std::u16string text;
        double begin = nowNs();
        readTwoByte(engine.isolate(), call(entered, get, {}).As<v8::String>(), text);
        double elapsed = nowNs() - begin;
        check(text == expected, "two-byte text out");
        return elapsed;
    });
}

double twoByteIn(Engine &engine, bool astral) {
    Unlocked entered(engine);
    const std::u16string text = twoByteText(astral);
    v8::Local<v8::Function> take = function(entered, "(s) => s.length");
    return measureSamples([&] {
        v8::HandleScope scope(engine.isolate());
        double begin = nowNs();
        int64_t length = integer(call(entered, take, {twoByteString(engine.isolate(), text)}));
        double elapsed = nowNs() - begin;
        check(length == static_cast<int64_t>(text.size()), "two-byte text in");
        return elapsed;
    });
}

double bytesOut(Engine &engine) {
    Unlocked entered(engine);
    v8::Local<v8::Function> get =
        function(entered, "globalThis.data = new Uint8Array(" + std::to_string(kBytes) +
                              ").fill(7); () => data");
    return measureSamples([&] {
        v8::HandleScope scope(engine.isolate());
        double begin = nowNs();
        v8::Local<v8::Uint8Array> array = call(entered, get, {}).As<v8::Uint8Array>();
        size_t length = array->ByteLength();
        // Not a vector, which would write zeros first.
        std::unique_ptr<uint8_t[]> bytes(new uint8_t[length]);
        array->CopyContents(bytes.get(), length);
        double elapsed = nowNs() - begin;
        check(length == kBytes && bytes[0] == 7 && bytes[kBytes - 1] == 7, "bytes out");
        return elapsed;
    });
}

double bytesIn(Engine &engine) {
    Unlocked entered(engine);
    const std::vector<uint8_t> bytes(kBytes, 7);
    v8::Local<v8::Function> take = function(entered, "(b) => b.length + b[b.length - 1]");
    return measureSamples([&] {
        v8::HandleScope scope(engine.isolate());
        double begin = nowNs();
        // Not memory from V8, which would write zeros first.
        void *data = std::memcpy(std::malloc(kBytes), bytes.data(), kBytes);
        auto release = [](void *data, size_t, void *) { std::free(data); };
        std::unique_ptr<v8::BackingStore> store =
            v8::ArrayBuffer::NewBackingStore(data, kBytes, release, nullptr);
        v8::Local<v8::ArrayBuffer> buffer =
            v8::ArrayBuffer::New(engine.isolate(), std::move(store));
        v8::Local<v8::Uint8Array> array = v8::Uint8Array::New(buffer, 0, kBytes);
        int64_t result = integer(call(entered, take, {array}));
        double elapsed = nowNs() - begin;
        check(result == kBytes + 7, "bytes in");
        return elapsed;
    });
}

// Life and memory -------------------------------------------------------------------------------

void useOnce(Engine &engine) {
    Unlocked entered(engine);
    check(integer(evaluate(entered, "2+2")) == 4, "first use of an engine");
}

double create() {
    return measureSamples([] {
        double begin = nowNs();
        {
            Engine engine;
            useOnce(engine);
        }
        return nowNs() - begin;
    });
}

double residentBytes() {
    std::ifstream file("/proc/self/statm");
    double total = 0;
    double resident = 0;
    file >> total >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double memory() {
    Engine first; // costs of the first one only do not count
    useOnce(first);
    double before = residentBytes();
    std::vector<std::unique_ptr<Engine>> engines;
    for (int i = 0; i < kEngines; i++) {
        engines.push_back(std::make_unique<Engine>());
        useOnce(*engines.back());
    }
    return (residentBytes() - before) / kEngines;
}

// The rows --------------------------------------------------------------------------------------

struct Row {
    const char *name;
    std::function<double()> measure;
};

// Each row has its own isolate, so that it does not find the garbage of other rows.
template <typename Measure> std::function<double()> inEngine(Measure measure) {
    return [measure] {
        Engine engine;
        return measure(engine);
    };
}

const std::vector<Row> &rows() {
    static const std::vector<Row> all = {
        // These come first, before other rows have left memory that can be used again.
        {"memory", memory},
        {"eval", inEngine(evalSame)},
        {"eval_new", inEngine(evalNew)},
        {"call", inEngine(callUnlocked)},
        {"callback", inEngine(callback)},
        {"shared_eval", inEngine(evalLocked)},
        {"shared_call", inEngine(callLocked)},
        {"create", create},
        {"ints_out", inEngine(intsOut)},
        {"ints_in", inEngine(intsIn)},
        {"dicts_out", inEngine(objectsOut)},
        {"dicts_in", inEngine(objectsIn)},
        {"latin1_out", inEngine(latin1Out)},
        {"latin1_in", inEngine(latin1In)},
        {"ucs2_out", inEngine([](Engine &engine) { return twoByteOut(engine, false); })},
        {"ucs2_in", inEngine([](Engine &engine) { return twoByteIn(engine, false); })},
        {"astral_out", inEngine([](Engine &engine) { return twoByteOut(engine, true); })},
        {"astral_in", inEngine([](Engine &engine) { return twoByteIn(engine, true); })},
        {"bytes_out", inEngine(bytesOut)},
        {"bytes_in", inEngine(bytesIn)},
        {"call_switches", inEngine(callSwitches)},
        {"eval_switches", inEngine(evalSwitches)},
    };
    return all;
}

const Row &findRow(const std::string &name) {
    for (const Row &row : rows()) {
        if (row.name == name) {
            return row;
        }
    }
    fail("no such row: " + name);
}

void serve() {
    std::cout << "{\"engine\": \"V8 " << v8::V8::GetVersion() << "\"}" << std::endl;
    std::string name;
    while (std::getline(std::cin, name)) {
        std::cout << "{\"value\": " << std::fixed << findRow(name).measure() << "}" << std::endl;
    }
}

void run(const std::vector<std::string> &names, int rounds) {
    std::map<std::string, std::vector<double>> values;
    for (int round = 0; round < rounds; round++) {
        for (const std::string &name : names) {
            if (name == "memory" && round > 0) {
                continue; // would use the memory of the first round
            }
            values[name].push_back(findRow(name).measure());
        }
    }
    std::cout << "{\n  \"engine\": \"V8 " << v8::V8::GetVersion() << "\",\n  \"rounds\": " << rounds
              << ",\n  \"medians\": {";
    const char *separator = "\n";
    for (const std::string &name : names) {
        std::cout << separator << "    \"" << name << "\": " << std::fixed << median(values[name]);
        separator = ",\n";
    }
    std::cout << "\n  }\n}" << std::endl;
}

} // namespace

int main(int argc, char **argv) {
    bool serving = false;
    int rounds = 5;
    std::vector<std::string> names;
    for (int i = 1; i < argc; i++) {
        std::string argument = argv[i];
        if (argument == "--serve") {
            serving = true;
        } else if (argument == "--rounds" && i + 1 < argc) {
            rounds = std::max(1, std::atoi(argv[++i]));
        } else if (argument.rfind("-", 0) == 0) {
            fail("usage: raw_v8 [--serve | [--rounds N] [ROW...]]");
        } else {
            names.push_back(findRow(argument).name);
        }
    }
    if (names.empty()) {
        for (const Row &row : rows()) {
            names.push_back(row.name);
        }
    }

    std::unique_ptr<v8::Platform> platform = v8::platform::NewDefaultPlatform();
    v8::V8::InitializePlatform(platform.get());
    v8::V8::Initialize();
    arrayBufferAllocator.reset(v8::ArrayBuffer::Allocator::NewDefaultAllocator());
    if (serving) {
        serve();
    } else {
        run(names, rounds);
    }
    v8::V8::Dispose();
    v8::V8::DisposePlatform();
    return 0;
}
