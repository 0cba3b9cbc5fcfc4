/* Attributes that standard C does not have. */
#ifndef JSRUN_COMPILER_H
#define JSRUN_COMPILER_H

/* A function that few calls reach. Compilers move it, and the code that leads to it, away from the
 * code of other calls. */
#define JSRUN_COLD __attribute__((cold, noinline))

/* A function that every call passes: the functions that it calls are inlined, and so are theirs. */
#define JSRUN_HOT __attribute__((hot, flatten))

#if defined(__GLIBC__)
/* glibc reserves some bytes for libraries that are loaded later. Thread-local variables there are
 * read without a call. */
#define JSRUN_THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))
#else
#define JSRUN_THREAD_LOCAL _Thread_local
#endif

#endif
