#include "base/utf.h"

#include <stdlib.h>

/* The code point at `text`. *used: how many bytes it has. Invalid bytes: U+FFFD, and *used is 1. */
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
    /* There are never more code units than bytes. */
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

bool utf8_is_valid(const uint8_t *text, size_t length) {
    for (size_t at = 0, used; at < length; at += used)
        if (decode(text + at, length - at, &used) == 0xFFFD && used == 1) return false;
    return true;
}

/* The size of the character whose first byte this is; 0: no character starts with it. */
static size_t character_size(uint8_t first) {
    if (first < 0x80) return 1;
    if (first < 0xC2 || first > 0xF4) return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* Whether `second` may follow `first`. For some first bytes the range is smaller: the encoding
 * would be too long, a surrogate, or beyond U+10FFFF. */
static bool can_follow(uint8_t first, uint8_t second) {
    uint8_t least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    uint8_t most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    return least <= second && second <= most;
}

size_t utf8_incomplete(const uint8_t *text, size_t length) {
    for (size_t count = 1; count <= 3 && count <= length; count++) {
        const uint8_t *begin = text + length - count;
        if ((*begin & 0xC0) == 0x80) continue;
        bool begins = character_size(*begin) > count && (count < 2 || can_follow(*begin, begin[1]));
        return begins ? count : 0;
    }
    return 0;
}

bool utf16_is_high(uint16_t unit) { return unit >> 10 == 0x36; }

static bool is_low(uint16_t unit) { return unit >> 10 == 0x37; }

bool utf16_replace_lone(uint16_t *units, size_t count) {
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (utf16_is_high(units[i]) && i + 1 < count && is_low(units[i + 1])) {
            i++;
        } else if (utf16_is_high(units[i]) || is_low(units[i])) {
            units[i] = 0xFFFD;
            any = true;
        }
    }
    return any;
}

static char *encode(uint32_t code, char *text) {
    if (code < 0x80) {
        *text++ = (char)code;
        return text;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    *text++ = (char)((0xFF00 >> (more + 1) & 0xFF) | code >> 6 * more);
    while (more-- > 0) *text++ = (char)(0x80 | (code >> 6 * more & 0x3F));
    return text;
}

size_t utf8_from_latin1(const uint8_t *characters, size_t count, char *text) {
    char *at = text;
    for (size_t i = 0; i < count; i++) at = encode(characters[i], at);
    return (size_t)(at - text);
}

size_t utf8_from_utf16(const uint16_t *units, size_t count, char *text) {
    char *at = text;
    for (size_t i = 0; i < count; i++) {
        uint32_t code = units[i];
        if (utf16_is_high(units[i]) && i + 1 < count && is_low(units[i + 1]))
            code = 0x10000 + ((code & 0x3FF) << 10) + (units[++i] & 0x3FF);
        else if (utf16_is_high(units[i]) || is_low(units[i]))
            code = 0xFFFD;
        at = encode(code, at);
    }
    return (size_t)(at - text);
}
