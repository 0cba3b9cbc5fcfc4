/* The built-in JavaScript, from js/; cmake/embed_js.py makes it. */
#ifndef RUNTIME_JS_SOURCES_H
#define RUNTIME_JS_SOURCES_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct js_source {
    const char *name;     /* as V8 is told */
    const char *function; /* the global that the script leaves its function in */
    const char *part;     /* its name, if it is one: see v8/parts.h; or else NULL */
    const char *text;     /* ASCII */
    size_t length;
} js_source;

/* In the order in which they run. */
extern const js_source js_sources[];
extern const size_t js_source_count;

/* Of late.js; ASCII, ends with a NUL. No context has it from the start. */
extern const char js_late[];

/* Hexadecimal; another one for every other set of built-ins and of native functions behind them. */
extern const char js_build_identity[];

#ifdef __cplusplus
}
#endif

#endif
