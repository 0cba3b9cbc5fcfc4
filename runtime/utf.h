/* Between the encodings of CDP messages. */
#ifndef RUNTIME_UTF_H
#define RUNTIME_UTF_H

#include <stddef.h>
#include <stdint.h>

/* *units code units on the heap, owned by the caller; each byte that is not UTF-8 becomes U+FFFD. NULL: out of memory. */
uint16_t *utf16_from_utf8(const char *text, size_t length, size_t *units);

#endif
