/* The startup snapshot that the build has made. It is no C array, which a compiler takes seconds
 * for. */
#include "snapshots/startup/startup_snapshot.h"

#ifdef __APPLE__
#define SECTION ".section __TEXT,__const\n"
#define SYMBOL(name) "_" #name
#define HIDDEN ".private_extern "
#else
#define SECTION ".section .rodata\n"
#define SYMBOL(name) #name
#define HIDDEN ".hidden "
#endif
#define LABEL(name) ".globl " SYMBOL(name) "\n" HIDDEN SYMBOL(name) "\n" SYMBOL(name) ":\n"

__asm__(SECTION
        ".balign 16\n" LABEL(startup_snapshot) ".incbin \"" STARTUP_SNAPSHOT_FILE "\"\n" LABEL(
            startup_snapshot_end) ".byte 0\n.text\n");
