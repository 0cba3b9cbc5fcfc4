// What JavaScript threw, besides its text and its stack: the properties that scripts put on an
// Error.
#ifndef RUNTIME_V8_ERROR_PARTS_H
#define RUNTIME_V8_ERROR_PARTS_H

#include "v8/local.h"

namespace jsrun {

// Fills in class_name, cause, errors and properties of `exception`. Getters of scripts may run. If
// one throws, it is as if there were no such property.
void DescribeParts(v8::Local<v8::Context> context, v8::Local<v8::Object> error,
                   jsrun_exception *exception);

// The text of what was thrown that is not an Error: for an object what console.log() prints.
v8::Local<v8::String> TextOfThrown(v8::Local<v8::Context> context, v8::Local<v8::Value> value);

} // namespace jsrun

#endif
