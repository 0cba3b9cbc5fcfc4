// Keeping values beyond an entry.

#include <new>

#include "v8/engine_values.h"
#include "v8/guard.h"
#include "v8/isolate.h"

using namespace jsrun;

namespace {

// A v8::Global is a pointer to a place of V8's, and that is what is kept: to look it up once more
// is what a call takes longest for.
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
