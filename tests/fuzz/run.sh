#!/bin/bash
# Fuzz the DevTools server for SECONDS. Findings are kept in BUILD/findings. Inputs that reached new
# code are kept in BUILD/corpus, from which the next run goes on.
#
#   tests/fuzz/run.sh BUILD SECONDS
set -euo pipefail
build=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
.venv/bin/python "$here/dictionary.py" "$build/inspector/protocol_json.c" "$build/protocol.dict"
mkdir -p "$build/corpus" "$build/findings"
# handle_segv=0: V8 has a handler of its own (WebAssembly's bounds checks), which must come first.
ASAN_OPTIONS=detect_stack_use_after_return=0:allocator_may_return_null=1
export ASAN_OPTIONS=$ASAN_OPTIONS:handle_segv=0:detect_leaks=0
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
exec "$build/tests/fuzz/inspector_fuzz" -max_total_time="$2" -timeout=60 -rss_limit_mb=4096 \
    -detect_leaks=0 -max_len=16384 -len_control=20 -dict="$build/protocol.dict" \
    -artifact_prefix="$build/findings/" "$build/corpus" "$here/corpus"
