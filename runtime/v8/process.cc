// What is done once for the process.

#include <sys/random.h>

#include "v8/builtins.h"
#include "v8/engine.h"
#include "v8/engine_process.h"
#include "v8/failed_check.h"
#include "v8/platform.h"
#include "v8/references.h"

using namespace jsrun;

namespace {

// Snapshots carry a checksum of ours. asm.js is JavaScript like any other: what V8 would make of it
// cannot be in a snapshot.
constexpr char kFlags[] = "--no-verify-snapshot-checksum --no-validate-asm " JSRUN_V8_FLAGS;

constexpr References::Adder kReferences[] = {
    AddBuiltinReferences,  AddCloneReferences,  AddConsoleReferences,      AddFlowReferences,
    AddFunctionReferences, AddGlobalReferences, AddHostFunctionReferences, AddPromiseReferences,
    AddStreamReferences,   AddWasmReferences,   AddWebReferences,
};

// For seeds. V8 by itself opens /dev/urandom for each, and reads 4096 bytes to use 8.
bool FillWithEntropy(unsigned char *bytes, size_t size) {
    return getrandom(bytes, size, 0) == static_cast<ssize_t>(size);
}

} // namespace

void engine_process_start(void) {
    v8::V8::SetEntropySource(FillWithEntropy);
    // An interrupted system call of the host is the host's affair: no handlers of V8's for SIGSEGV.
    v8::V8::InitializePlatform(&Platform::Get());
    v8::V8::SetFlagsFromString(kFlags);
    WatchFailedChecks();
    v8::V8::Initialize();
    RegisterBuiltins();
    References::Collect(kReferences, sizeof kReferences / sizeof *kReferences);
}

void engine_process_start_for_snapshot(void) {
    // V8 would throw away the machine code of other functions, but not that of extensions.
    v8::V8::SetFlagsFromString(JSRUN_V8_FLAGS_WITHOUT_COMPILERS);
    engine_process_start();
}

const char *engine_version(void) { return v8::V8::GetVersion(); }

const char *engine_flags(void) { return kFlags; }

uintptr_t engine_address(void) { return reinterpret_cast<uintptr_t>(&v8::V8::GetVersion); }
