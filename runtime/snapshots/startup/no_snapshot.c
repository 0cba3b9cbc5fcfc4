/* For the program that makes the startup snapshot: it has none yet. */
#include "snapshots/startup/startup_snapshot.h"

/* Two names of the same place. */
#ifdef __APPLE__
#define SYMBOL(name) "_" #name
#else
#define SYMBOL(name) #name
#endif
#define LABEL(name) ".globl " SYMBOL(name) "\n" SYMBOL(name) ":\n"

__asm__(".data\n.balign 16\n" LABEL(startup_snapshot)
            LABEL(startup_snapshot_end) ".byte 0\n.text\n");
