/* Run by the build: make_snapshot FILE writes the startup snapshot. */
#include <stdio.h>
#include <stdlib.h>

#include "snapshots/snapshot_format.h"
#include "v8/engine_process.h"

static int fail(const char *what, const char *name) {
    fprintf(stderr, "make_snapshot: %s %s\n", what, name);
    return EXIT_FAILURE;
}

int main(int count, char **arguments) {
    if (count != 2) return fail("usage:", "make_snapshot FILE");
    engine_process_start_for_snapshot();
    void *snapshot = NULL;
    size_t size = 0;
    /* With an empty file everything works, but every runtime takes longer to start. */
    engine_blob blob = engine_startup_snapshot();
    if (!blob.data)
        fail("no startup snapshot can be made with V8", engine_version());
    else if (!snapshot_finish(blob, &snapshot, &size))
        return fail("out of memory for", arguments[1]);
    FILE *file = fopen(arguments[1], "wb");
    if (!file) return fail("cannot open", arguments[1]);
    bool written = !size || fwrite(snapshot, 1, size, file) == size;
    free(snapshot);
    if (fclose(file) != 0 || !written) return fail("cannot write", arguments[1]);
    return EXIT_SUCCESS;
}
