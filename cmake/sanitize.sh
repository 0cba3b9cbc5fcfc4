#!/bin/bash
# Run the C tests and the Python tests on a build made with JSRUN_SANITIZE=ON.
#
#   cmake/sanitize.sh BUILD [PYTEST ARGUMENT…]
set -euo pipefail
build=$(realpath "$1")
shift
here=$(cd "$(dirname "$0")" && pwd)
python=$PWD/.venv/bin/python

# handle_segv=0: V8 has its own handler (for bounds checks of WebAssembly), which must come first.
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=0:allocator_may_return_null=1:handle_segv=0:abort_on_error=0
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export LSAN_OPTIONS=suppressions=$here/leaks.supp:print_suppressions=0
ctest --test-dir "$build" --output-on-failure -j 2

# Python is built without a sanitizer, so the sanitizer's runtime has to be preloaded. libstdc++,
# too, because the runtime looks for the C++ exception functions when it starts.
# PYTHONMALLOC=malloc: otherwise a use after free inside Python's memory pools would go unseen. One
# process, because leaks are found when a process exits normally, which pytest-xdist's workers do
# not. Reports go to the real stderr.
preload=
for library in libasan.so libubsan.so libstdc++.so; do
    preload="$preload $(gcc -print-file-name=$library)"
done
check() {
    LD_PRELOAD=$preload PYTHONMALLOC=malloc PYTHONPATH=$build/python \
        "$python" -m pytest --capture=sys "$@" || [ $? = 5 ] # no test was selected
}
check tests --ignore tests/limits/test_heap_limit.py "$@"
# V8 is jumped out of when it is out of memory (runtime/v8/guard.h): what it had at hand is lost.
ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 check tests/limits/test_heap_limit.py "$@"
