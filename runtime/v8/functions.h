// Functions of scripts that C answers.
#ifndef RUNTIME_V8_FUNCTIONS_H
#define RUNTIME_V8_FUNCTIONS_H

#include <v8.h>

namespace jsrun {

// Puts the functions that every context has from the start into a new one.
void InstallFunctions(v8::Isolate *isolate, v8::Local<v8::Context> context);

} // namespace jsrun

#endif
