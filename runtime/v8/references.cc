#include "v8/references.h"

namespace jsrun {

References &References::Process() {
    static References *const references = new References();
    return *references;
}

void References::Collect(const Adder *adders, size_t count) {
    for (size_t i = 0; i < count; i++) adders[i](&Process());
    Process().all_.push_back(0);
}

const intptr_t *References::Table() { return Process().all_.data(); }

void References::Add(v8::FunctionCallback callback) {
    all_.push_back(reinterpret_cast<intptr_t>(callback));
}

void References::Add(v8::AccessorNameGetterCallback getter) {
    all_.push_back(reinterpret_cast<intptr_t>(getter));
}

void References::Add(const v8::String::ExternalOneByteStringResource *text) {
    all_.push_back(reinterpret_cast<intptr_t>(text));
}

} // namespace jsrun
