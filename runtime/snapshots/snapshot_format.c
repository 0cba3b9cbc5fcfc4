#include "snapshots/snapshot_format.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "snapshots/library_identity.h"
#include "snapshots/startup/startup_snapshot.h"
#include "v8/embedder.h"
#include "v8/engine_process.h"
#include "v8/js_sources.h"

#define MAGIC "jsrun snapshot\n"
#define FORMAT 1

/* Its size is a multiple of 16 bytes: V8 wants its part aligned as by malloc(). */
typedef struct header {
    char magic[16];
    uint32_t format;
    uint32_t header_size;
    uint64_t blob_size;
    uint64_t blob_checksum;
    char v8_version[48];
    char v8_library[48]; /* see library_identity() */
    char v8_flags[128];
    char build[72]; /* js_build_identity: the native functions that the blob refers to by numbers */
    uint64_t startup; /* blob_checksum of the startup snapshot, see Anchor in start.cc; or 0 */
    uint64_t header_checksum; /* of all fields before it */
} header;

_Static_assert(sizeof(header) % 16 == 0, "the blob has to be aligned");

/* Against accidents only, so it is fast and not strong. It has four lanes, so the processor need
 * not wait for a multiplication. */
static uint64_t checksum(const void *data, size_t size) {
    static const uint64_t prime = 0x9E3779B185EBCA87u;
    uint64_t lanes[4] = {size, ~(uint64_t)size, prime, ~prime};
    const unsigned char *at = data;
    for (; size >= sizeof lanes; size -= sizeof lanes, at += sizeof lanes) {
        uint64_t words[4];
        memcpy(words, at, sizeof words);
        for (int i = 0; i < 4; i++) {
            lanes[i] = (lanes[i] ^ words[i]) * prime;
            lanes[i] ^= lanes[i] >> 29;
        }
    }
    uint64_t rest[4] = {0};
    memcpy(rest, at, size);
    uint64_t sum = prime;
    for (int i = 0; i < 4; i++) {
        sum = (sum ^ lanes[i]) * prime;
        sum ^= sum >> 32;
        sum = (sum ^ rest[i]) * prime;
        sum ^= sum >> 32;
    }
    return sum;
}

static uint64_t header_checksum(const header *self) {
    return checksum(self, offsetof(header, header_checksum));
}

static void copy_text(char *to, size_t size, const char *text) {
    size_t length = strlen(text);
    memcpy(to, text, length < size ? length : size - 1);
}

/* The header that this process would give a snapshot, without the fields about the blob. */
static header expected(void) {
    header self = {.format = FORMAT, .header_size = sizeof self};
    copy_text(self.magic, sizeof self.magic, MAGIC);
    copy_text(self.v8_version, sizeof self.v8_version, engine_version());
    copy_text(self.v8_library, sizeof self.v8_library, library_identity());
    copy_text(self.v8_flags, sizeof self.v8_flags, engine_flags());
    copy_text(self.build, sizeof self.build, js_build_identity);
    return self;
}

static uint64_t startup_checksum(void) {
    header head;
    if (!snapshot_startup().data) return 0;
    memcpy(&head, startup_snapshot, sizeof head);
    return head.blob_checksum;
}

bool snapshot_finish(engine_blob blob, void **snapshot, size_t *size) {
    header head = expected();
    head.startup = startup_checksum();
    head.blob_size = blob.size;
    head.blob_checksum = checksum(blob.data, blob.size);
    head.header_checksum = header_checksum(&head);
    *size = sizeof head + blob.size;
    *snapshot = blob.data ? malloc(*size) : NULL;
    if (*snapshot) {
        memcpy(*snapshot, &head, sizeof head);
        memcpy((char *)*snapshot + sizeof head, blob.data, blob.size);
    }
    engine_blob_free(blob);
    return *snapshot != NULL;
}

engine_blob snapshot_blob(const void *snapshot, size_t size) {
    return (engine_blob){.data = (const char *)snapshot + sizeof(header),
                         .size = size - sizeof(header)};
}

/* --- checking -------------------------------------------------------------------------------- */

static bool same(const char *left, const char *right, size_t size) {
    return memcmp(left, right, size) == 0;
}

/* Whether it was made by this library with this V8; *message: why not. */
static bool is_ours(const header *head, const header *own, char *message, size_t room) {
    if (head->format != own->format || head->header_size != own->header_size ||
        !same(head->build, own->build, sizeof own->build))
        snprintf(message, room, "it was made by another build of jsrun");
    else if (!same(head->v8_version, own->v8_version, sizeof own->v8_version))
        snprintf(message, room, "it was made with V8 %.47s, and this is V8 %s", head->v8_version,
                 own->v8_version);
    else if (!same(head->v8_library, own->v8_library, sizeof own->v8_library))
        snprintf(message, room, "it was made with another build of V8 %s", own->v8_version);
    else if (!same(head->v8_flags, own->v8_flags, sizeof own->v8_flags))
        snprintf(message, room, "it was made with the V8 flags \"%.127s\", and this V8 has \"%s\"",
                 head->v8_flags, own->v8_flags);
    else
        return true;
    return false;
}

bool jsrun_snapshot_check(const void *snapshot, size_t size, char *message, size_t message_size) {
    header head, own = expected();
    if (size < sizeof head || !same(snapshot, own.magic, sizeof own.magic)) {
        snprintf(message, message_size,
                 size < sizeof own.magic ? "it is too short" : "it is no snapshot of jsrun");
        if (size >= sizeof own.magic && same(snapshot, own.magic, sizeof own.magic))
            snprintf(message, message_size, "it is truncated");
        return false;
    }
    memcpy(&head, snapshot, sizeof head);
    head.v8_version[sizeof head.v8_version - 1] = head.v8_flags[sizeof head.v8_flags - 1] = 0;
    if (head.format == FORMAT && head.header_checksum != header_checksum(&head))
        snprintf(message, message_size, "its header is damaged");
    else if (!is_ours(&head, &own, message, message_size))
        return false;
    else if (head.startup != startup_checksum())
        snprintf(message, message_size, "it was made by another build of jsrun");
    else if (size - sizeof head < head.blob_size)
        snprintf(message, message_size, "it is truncated: %zu of %zu bytes", size,
                 sizeof head + (size_t)head.blob_size);
    else if (size - sizeof head > head.blob_size)
        snprintf(message, message_size, "%zu bytes follow its end",
                 size - sizeof head - (size_t)head.blob_size);
    else if (checksum((const char *)snapshot + sizeof head, head.blob_size) != head.blob_checksum)
        snprintf(message, message_size, "it is damaged");
    else
        return true;
    return false;
}

engine_blob snapshot_startup(void) {
    header head, own = expected();
    char message[400];
    size_t size = (size_t)(startup_snapshot_end - startup_snapshot);
    if (size < sizeof head) return (engine_blob){0};
    memcpy(&head, startup_snapshot, sizeof head);
    if (!is_ours(&head, &own, message, sizeof message)) return (engine_blob){0};
    return snapshot_blob(startup_snapshot, size);
}
