// What a snapshot may refer to outside of the heap: the C++ functions that JavaScript functions
// call, and texts.
//
// V8 writes them down as places in one table, and ends the process if one is missing there. So
// every file that makes functions does it by NewFunction() (native.h) and lists its callbacks in an
// Add…References() of its own, which process.cc calls.
#ifndef RUNTIME_V8_REFERENCES_H
#define RUNTIME_V8_REFERENCES_H

#include <v8.h>

#include <vector>

namespace jsrun {

// A row of a table of functions for built-in scripts.
struct NativeFunction {
    const char *name;
    v8::FunctionCallback callback;
};

class References {
  public:
    using Adder = void (*)(References *);

    // Makes the table, in the order of `adders`. Once for the process, before the first isolate.
    static void Collect(const Adder *adders, size_t count);
    // As V8 wants it; lasts for ever. Any thread.
    static const intptr_t *Table();

    void Add(v8::FunctionCallback callback);
    void Add(v8::AccessorNameGetterCallback getter);
    // It has to stay where it is.
    void Add(const v8::String::ExternalOneByteStringResource *text);
    template <size_t count> void Add(const NativeFunction (&table)[count]) {
        for (auto &function : table) Add(function.callback);
    }

  private:
    static References &Process();

    std::vector<intptr_t> all_;
};

void AddBuiltinReferences(References *references);
void AddCloneReferences(References *references);
void AddConsoleReferences(References *references);
void AddFlowReferences(References *references);
void AddFunctionReferences(References *references);
void AddGlobalReferences(References *references);
void AddHostFunctionReferences(References *references);
void AddPromiseReferences(References *references);
void AddStreamReferences(References *references);
void AddWasmReferences(References *references);
void AddWebReferences(References *references);

} // namespace jsrun

#endif
