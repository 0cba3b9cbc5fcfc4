// What came of running JavaScript.
#ifndef RUNTIME_V8_OUTCOME_H
#define RUNTIME_V8_OUTCOME_H

#include "v8/local.h"

namespace jsrun {

engine_outcome Outcome(jsrun_entry *entry, v8::TryCatch &caught);

} // namespace jsrun

#endif
