#include "utf.h"

#include <stdlib.h>

/* The code point at `text`, and how many bytes it has; U+FFFD and 1 if there is none. */
static uint32_t decode(const unsigned char *text, size_t left, size_t *used) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = text[0];
    size_t size = first < 0x80       ? 1
                  : first >> 5 == 6  ? 2
                  : first >> 4 == 14 ? 3
                  : first >> 3 == 30 ? 4
                                     : 0;
    *used = 1;
    if (size == 1) return first;
    if (size == 0 || size > left) return 0xFFFD;
    uint32_t code = first & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((text[i] & 0xC0) != 0x80) return 0xFFFD;
        code = code << 6 | (text[i] & 0x3Fu);
    }
    if (code < least[size] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return 0xFFFD;
    *used = size;
    return code;
}

uint16_t *utf16_from_utf8(const char *text, size_t length, size_t *units) {
    /* Never more code units than bytes. */
    uint16_t *out = malloc((length ? length : 1) * sizeof *out);
    if (!out) return NULL;
    size_t count = 0;
    for (size_t at = 0, used; at < length; at += used) {
        uint32_t code = decode((const unsigned char *)text + at, length - at, &used);
        if (code >= 0x10000) {
            out[count++] = (uint16_t)(0xD800 + ((code - 0x10000) >> 10));
            out[count++] = (uint16_t)(0xDC00 + ((code - 0x10000) & 0x3FF));
        } else {
            out[count++] = (uint16_t)code;
        }
    }
    *units = count;
    return out;
}
