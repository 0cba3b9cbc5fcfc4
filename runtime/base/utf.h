/* Conversions between UTF-8 and UTF-16. */
#ifndef RUNTIME_UTF_H
#define RUNTIME_UTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The text in UTF-16, from malloc(), for the caller to free. *units: how many code units. Each byte
 * that is not UTF-8 becomes U+FFFD. NULL: out of memory. */
uint16_t *utf16_from_utf8(const char *text, size_t length, size_t *units);

/* Writes UTF-8 and returns its bytes; lone surrogates become U+FFFD. The room that always suffices:
 * 2 bytes for each Latin-1 character, 3 for each code unit. */
size_t utf8_from_latin1(const uint8_t *characters, size_t count, char *text);
size_t utf8_from_utf16(const uint16_t *units, size_t count, char *text);

bool utf8_is_valid(const uint8_t *text, size_t length);
/* How many bytes at the end of the text are the start of a character that is not complete yet. */
size_t utf8_incomplete(const uint8_t *text, size_t length);

bool utf16_is_high(uint16_t unit);
/* Replaces each surrogate that has no other half by U+FFFD. False: there were none. */
bool utf16_replace_lone(uint16_t *units, size_t count);

#ifdef __cplusplus
}
#endif

#endif
