/* UTF-16, as V8 has it, and UCS-4, as Python has it. The loops are written so that compilers make
 * vector instructions of them. A surrogate that is not half of a pair is a character of its own,
 * both ways. */
#ifndef JSRUN_PYTHON_UTF16_H
#define JSRUN_PYTHON_UTF16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies units up to the first surrogate, or to some units before it, since it looks at many at
 * once. Returns how many it copied, and adds their bits to *all. */
size_t utf16_copy_plain(const uint16_t *units, size_t length, uint16_t *to, uint16_t *all);

bool utf16_has_pair(const uint16_t *units, size_t length);
size_t utf16_count_pairs(const uint16_t *units, size_t length);
/* `to` has room for `length` minus utf16_count_pairs() characters. */
void utf16_decode(const uint16_t *units, size_t length, uint32_t *to);

/* How many characters become a pair. */
size_t utf16_count_astral(const uint32_t *characters, size_t length);
/* `units` has room for twice the `length`, plus one unit. Returns how many units there are. */
size_t utf16_encode(const uint32_t *characters, size_t length, uint16_t *units);

#endif
