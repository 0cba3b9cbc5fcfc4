#include "v8/failed_check.h"

#include <v8.h>

#include "v8/compat.h"

#if V8_AT_LEAST(13, 0)

namespace {

// V8 tells of all checks but those that it says have no impact on security, which are those about
// sizes.
thread_local const char *failed_check = jsrun::kSurvivableChecks[0];

void OnFailedCheck(const char *, int, const char *message) { failed_check = message; }

} // namespace

void jsrun::WatchFailedChecks() { v8::V8::SetFatalErrorHandler(OnFailedCheck); }

const char *jsrun::FailedCheck() { return failed_check; }

#else

namespace {

// V8 keeps the message in a frame above this one, behind a mark, where crash reports find it.
constexpr uintptr_t kMark = 0xdecade10;
constexpr size_t kStackToSearch = 256; // words

} // namespace

void jsrun::WatchFailedChecks() {}

__attribute__((no_sanitize("address"))) const char *jsrun::FailedCheck() {
    auto *at = static_cast<const uintptr_t *>(__builtin_frame_address(0));
    for (size_t i = 0; i < kStackToSearch; i++)
        if (at[i] == kMark) return reinterpret_cast<const char *>(&at[i + 1]);
    return "";
}

#endif
