// The check of V8's that has failed, while V8 ends the process over it.
#ifndef RUNTIME_V8_FAILED_CHECK_H
#define RUNTIME_V8_FAILED_CHECK_H

namespace jsrun {

// Once for the process, before V8 is initialised.
void WatchFailedChecks();

// The message of the check that has failed on this thread. Called by what V8 calls for that.
const char *FailedCheck();

} // namespace jsrun

#endif
