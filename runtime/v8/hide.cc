#include "v8/hide.h"

#include <cstdint>
#include <cstring>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include "v8/local.h"

namespace jsrun {

namespace {

// All objects of V8's heap are rows of words. A word that ends in binary 01 is the address of an
// object plus that 1. A small integer is in the upper half of its word, and the lower half is 0.
using Word = uint64_t;

// More than the objects looked at have. The memory behind them is heap as well.
constexpr int kWords = 16;

// Of V8's Script::type.
constexpr Word kExtension = 1;
constexpr Word kNormal = 2;

Word Integer(Word value) { return value << 32; }

template <typename T> Word AddressOf(v8::Local<T> local) { return ContentOf(Wrap(local)); }

Word *WordsOf(Word object) { return reinterpret_cast<Word *>(object - 1); }

bool IsMapped(Word address) {
    Word page = static_cast<Word>(sysconf(_SC_PAGESIZE));
    return msync(reinterpret_cast<void *>(address & ~(page - 1)), page, MS_ASYNC) == 0;
}

// Whether a word can be a pointer to an object.
bool IsObject(Word word) {
    return (word & 3) == 1 && word >> 32 && word >> 48 == 0 && IsMapped(word) &&
           IsMapped(word + kWords * sizeof(Word));
}

bool Contains(Word object, Word what) {
    for (int i = 1; i < kWords; i++) {
        if (WordsOf(object)[i] == what) return true;
    }
    return false;
}

// The object that an UnboundScript refers to and that itself refers to the source; 0: there is
// none, or several.
Word ScriptOf(v8::Local<v8::UnboundScript> script, v8::Local<v8::String> source) {
    Word shared = AddressOf(script), text = AddressOf(source), found = 0;
    for (int i = 1; i < 8; i++) {
        Word candidate = WordsOf(shared)[i];
        if (!IsObject(candidate) || !Contains(candidate, text)) continue;
        if (found && found != candidate) return 0;
        found = candidate;
    }
    return found;
}

// The one place where all of the scripts have the number for normal ones; 0: there is none, or
// several.
int FindType(const std::vector<Word> &scripts) {
    int found = 0;
    for (int place = 1; place < kWords; place++) {
        bool all = true;
        for (Word script : scripts) all = all && WordsOf(script)[place] == Integer(kNormal);
        if (!all) continue;
        if (found) return 0;
        found = place;
    }
    return found;
}

struct Script {
    v8::Local<v8::UnboundScript> script;
    v8::Local<v8::String> source;
};

Script Compile(v8::Isolate *isolate, const std::string &text,
               Origin origin_kind = Origin::kNotShared) {
    Script self;
    self.source = v8::String::NewFromUtf8(isolate, text.c_str()).ToLocalChecked();
    v8::ScriptOrigin origin = ScriptOriginOf(isolate, v8::Undefined(isolate), origin_kind);
    v8::ScriptCompiler::Source source(self.source, origin);
    self.script = v8::ScriptCompiler::CompileUnboundScript(isolate, &source).ToLocalChecked();
    return self;
}

v8::Local<v8::Value> Run(const Script &script) {
    v8::Local<v8::Context> context = v8::Isolate::GetCurrent()->GetCurrentContext();
    return script.script->BindToCurrentContext()->Run(context).ToLocalChecked();
}

// Calls a hidden function with one that is not, which looks at the stack.
bool IsHidden(v8::Isolate *isolate, const Script &hidden) {
    v8::Local<v8::Context> context = isolate->GetCurrentContext();
    v8::Local<v8::Value> function = Run(hidden);
    // In an isolate for a snapshot V8 has not set the limit.
    v8::Local<v8::Value> look = Run(Compile(isolate, "Error.stackTraceLimit = 10;"
                                                     "(call) => call(() => new Error().stack)"));
    v8::Local<v8::Value> stack = look.As<v8::Function>()
                                     ->Call(context, v8::Undefined(isolate), 1, &function)
                                     .ToLocalChecked();
    v8::String::Utf8Value text(isolate, stack);
    return *text && std::strstr(*text, "<anonymous>") && !std::strstr(*text, "hiddenFunction");
}

} // namespace

bool HideScripts(v8::Isolate *isolate, const std::vector<v8::Local<v8::UnboundScript>> &scripts,
                 const std::vector<v8::Local<v8::String>> &sources) {
    if (v8::internal::kApiTaggedSize != sizeof(Word)) return false;
    v8::Context::Scope scope(v8::Context::New(isolate));
    std::vector<Word> hidden, all;
    for (size_t i = 0; i < scripts.size(); i++) hidden.push_back(ScriptOf(scripts[i], sources[i]));
    Script probe = Compile(isolate, "(function hiddenFunction(other) { return other(); })");
    hidden.push_back(ScriptOf(probe.script, probe.source));
    all = hidden;
    // Other numbers of a script may be the same by chance: these scripts have others.
    for (int i = 0; i < 4; i++) {
        Script other = Compile(isolate, std::to_string(i), Origin::kShared);
        all.push_back(ScriptOf(other.script, other.source));
    }
    for (Word script : all) {
        if (!script) return false;
    }
    int type = FindType(all);
    if (!type) return false;
    for (Word script : hidden) WordsOf(script)[type] = Integer(kExtension);
    return IsHidden(isolate, probe);
}

} // namespace jsrun
