#ifndef RUNTIME_V8_SETTLE_H
#define RUNTIME_V8_SETTLE_H

#include "v8/local.h"

namespace jsrun {

// Watched promises are told of by runtime_promise_settled().
void WatchRejections(v8::Isolate *isolate);

} // namespace jsrun

#endif
