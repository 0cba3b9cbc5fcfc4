#define _GNU_SOURCE
#include "snapshots/library_identity.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "v8/engine_process.h"

static char identity[48];

#ifdef __linux__
#include <link.h>

static size_t padded(size_t size) { return (size + 3) & ~(size_t)3; }

/* Reads a segment of notes. Each note has a head, a name and a description, padded to four
 * bytes. */
static void read_notes(const char *at, size_t size) {
    while (size >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        memcpy(&note, at, sizeof note);
        size_t all = sizeof note + padded(note.n_namesz) + padded(note.n_descsz);
        if (all > size) return;
        const char *name = at + sizeof note;
        const unsigned char *id = (const unsigned char *)name + padded(note.n_namesz);
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(name, "GNU", 4) == 0) {
            for (size_t i = 0; i < note.n_descsz && 2 * i + 2 < sizeof identity; i++)
                snprintf(identity + 2 * i, 3, "%02x", id[i]);
            return;
        }
        at += all;
        size -= all;
    }
}

static int look_at_library(struct dl_phdr_info *library, size_t size, void *data) {
    (void)size;
    uintptr_t wanted = (uintptr_t)data;
    bool found = false;
    for (int i = 0; i < library->dlpi_phnum && !found; i++) {
        const ElfW(Phdr) *segment = &library->dlpi_phdr[i];
        uintptr_t start = library->dlpi_addr + segment->p_vaddr;
        found = segment->p_type == PT_LOAD && wanted >= start && wanted < start + segment->p_memsz;
    }
    for (int i = 0; found && i < library->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &library->dlpi_phdr[i];
        if (segment->p_type == PT_NOTE)
            read_notes((const char *)(library->dlpi_addr + segment->p_vaddr), segment->p_memsz);
    }
    return found;
}

static void find(void) { dl_iterate_phdr(look_at_library, (void *)engine_address()); }
#else
static void find(void) {}
#endif

const char *library_identity(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find);
    return identity;
}
