// What V8 adds to a context that it takes from a snapshot, and what a snapshot must not hold:
// js/late.js.
#ifndef RUNTIME_V8_LATE_H
#define RUNTIME_V8_LATE_H

#include <string>

#include "v8/local.h"

namespace jsrun {

// The built-in objects of a new context that no script has run in and that is not to become a
// snapshot, for WatchLate().
std::string ListBuiltIns(v8::Isolate *isolate, v8::Local<v8::Context> context);

// In a new context that is to become a snapshot, with its `native`, before any script runs.
void WatchLate(v8::Isolate *isolate, v8::Local<v8::Context> context, const std::string &list);

} // namespace jsrun

#endif
