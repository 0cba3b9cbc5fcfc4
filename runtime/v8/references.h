// What a snapshot may refer to outside of the heap: the C++ functions that JavaScript functions call, and texts.
//
// V8 writes them down as places in one table, and ends the process if one is missing there. So every file that
// makes functions does it by NewFunction() and tells of its callbacks in an Add…References() of its own,
// which is listed in references.cc.
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
    std::vector<intptr_t> all_;
};

// A function that cannot be a constructor. `data` is a primitive value: V8 keeps it apart from the context, so an object
// would come out of a snapshot with a context of its own. Empty: V8 was stopped.
v8::MaybeLocal<v8::Function> NewFunction(v8::Local<v8::Context> context,
                                         v8::FunctionCallback callback,
                                         v8::Local<v8::Value> data = v8::Local<v8::Value>(),
                                         int length = 0);

// False: V8 was stopped.
bool AddFunction(v8::Local<v8::Context> context, v8::Local<v8::Object> to,
                 const NativeFunction &function);

template <size_t count>
bool AddFunctions(v8::Local<v8::Context> context, v8::Local<v8::Object> to,
                  const NativeFunction (&table)[count]) {
    for (auto &function : table) {
        if (!AddFunction(context, to, function)) return false;
    }
    return true;
}

void AddBuiltinReferences(References *references);
void AddCloneReferences(References *references);
void AddConsoleReferences(References *references);
void AddFlowReferences(References *references);
void AddFunctionReferences(References *references);
void AddHostFunctionReferences(References *references);
void AddModuleReferences(References *references);
void AddPartReferences(References *references);
void AddPromiseReferences(References *references);
void AddStreamReferences(References *references);
void AddWasmReferences(References *references);
void AddWebReferences(References *references);

} // namespace jsrun

#endif
