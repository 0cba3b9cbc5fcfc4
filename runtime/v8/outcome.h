// What running JavaScript has come to.
#ifndef RUNTIME_V8_OUTCOME_H
#define RUNTIME_V8_OUTCOME_H

#include "v8/local.h"

namespace jsrun {

// Of a function of V8's that has returned nothing. If JavaScript threw, the entry keeps what.
engine_outcome Outcome(jsrun_entry *entry, v8::TryCatch &caught);

} // namespace jsrun

#endif
