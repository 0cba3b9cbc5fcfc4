/* The built-in JavaScript, from js/; the build makes the arrays. */
#ifndef RUNTIME_JS_SOURCES_H
#define RUNTIME_JS_SOURCES_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

extern const char js_console[];
extern const size_t js_console_length;
extern const char js_streams[];
extern const size_t js_streams_length;

#ifdef __cplusplus
}
#endif

#endif
