/* A library without a usable startup snapshot, as after an update of V8's library. Runtimes start
 * without it. */
#include "runtime_host.h"
#include "v8/embedder.h"

static double twice(host *self, double argument) {
    (void)self;
    return 2 * argument;
}

int main(void) {
    host host;
    host_init(&host);
    CHECK(!snapshot_startup().data);
    host_runtime(&host, (jsrun_runtime_options){.console = true});
    CHECK(
        number(&host,
               "typeof setTimeout == 'function' && typeof structuredClone == 'function' &&"
               "typeof ReadableStream == 'function' && !Object.keys(globalThis).length ? 1 : 0") ==
        1);
    bind_function(&host, "twice", twice);
    CHECK(number(&host, "twice(21)") == 42);
    CHECK(number(&host, "console.count('called'); 1") == 1);
    host_close(&host);
    return 0;
}
