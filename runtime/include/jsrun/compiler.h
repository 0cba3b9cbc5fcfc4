/* What standard C has no words for. */
#ifndef JSRUN_COMPILER_H
#define JSRUN_COMPILER_H

/* A function that few calls come to: compilers keep it, and what leads to it, off the way of all others. */
#define JSRUN_COLD __attribute__((cold, noinline))

/* A function that every call comes through: what it calls, and what that calls, becomes part of it. */
#define JSRUN_HOT __attribute__((hot, flatten))

#if defined(__GLIBC__)
/* glibc has room for some bytes of the libraries that are loaded later; they are read without a call. */
#define JSRUN_THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))
#else
#define JSRUN_THREAD_LOCAL _Thread_local
#endif

#endif
