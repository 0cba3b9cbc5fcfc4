// WebAssembly that is compiled while its bytes come in.
#ifndef RUNTIME_V8_WASM_H
#define RUNTIME_V8_WASM_H

#include "v8/isolate.h"

namespace jsrun {

// Before the isolate has a context: V8 gives those compileStreaming() and instantiateStreaming().
void EnableWasmStreaming(v8::Isolate *isolate);

// Gives up what is still on its way: V8 does not survive the end of an isolate that waits for
// bytes. With the isolate, if it is not dead.
void CloseWires(engine *engine);

} // namespace jsrun

#endif
