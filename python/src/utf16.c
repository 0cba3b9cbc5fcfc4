#include "utf16.h"

#include <stdbool.h>
#include <string.h>

/* No more than what a sum of 16 bits can count, and few enough for the cache that is nearest. */
enum { STRETCH = 1024 };

/* Characters of one kind are decoded and encoded so many at a time, without a look at each. */
enum { BLOCK = 32 };

/* A pair in memory, as one number: the masks and the values of its surrogates' marks, and where the other bits are. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { HIGH_SHIFT = 0, LOW_SHIFT = 16 };
#else
enum { HIGH_SHIFT = 16, LOW_SHIFT = 0 };
#endif
static const uint32_t pair_mask = 0xFC00FC00;
static const uint32_t pair_marks = 0xD800u << HIGH_SHIFT | 0xDC00u << LOW_SHIFT;

static inline uint16_t is_high(uint16_t unit) { return (unit & 0xFC00) == 0xD800; }
static inline uint16_t is_low(uint16_t unit) { return (unit & 0xFC00) == 0xDC00; }

static inline size_t end_of_stretch(size_t at, size_t length) {
    return length - at < STRETCH ? length : at + STRETCH;
}

size_t utf16_copy_plain(const uint16_t *units, size_t length, uint16_t *restrict to,
                        uint16_t *all) {
    size_t at = 0;
    while (at < length) {
        size_t end = end_of_stretch(at, length);
        uint16_t bits = 0, surrogates = 0;
        for (size_t i = at; i < end; i++) {
            to[i] = units[i];
            bits |= units[i];
            surrogates |= (uint16_t)((units[i] & 0xF800) == 0xD800);
        }
        if (surrogates) break;
        *all |= bits;
        at = end;
    }
    return at;
}

size_t utf16_count_pairs(const uint16_t *units, size_t length) {
    size_t count = 0;
    for (size_t at = 0; at + 1 < length;) {
        size_t end = end_of_stretch(at, length - 1);
        uint16_t pairs = 0;
        for (size_t i = at; i < end; i++)
            pairs += (uint16_t)(is_high(units[i]) & is_low(units[i + 1]));
        count += pairs;
        at = end;
    }
    return count;
}

/* --- decoding ----------------------------------------------------------------------------------------- */

/* Both write BLOCK characters, or half as many, also if they then say that the units are of another kind. */

static inline bool decode_plain(const uint16_t *units, uint32_t *restrict to) {
    uint16_t surrogates = 0;
    for (size_t i = 0; i < BLOCK; i++) {
        to[i] = units[i];
        surrogates |= (uint16_t)((units[i] & 0xF800) == 0xD800);
    }
    return !surrogates;
}

static inline bool decode_pairs(const uint16_t *units, uint32_t *restrict to) {
    uint32_t wrong = 0;
    for (size_t i = 0; i < BLOCK / 2; i++) {
        uint32_t pair;
        memcpy(&pair, units + 2 * i, sizeof pair);
        wrong |= (pair & pair_mask) ^ pair_marks;
        to[i] = 0x10000 + ((pair >> HIGH_SHIFT & 0x3FF) << 10) + (pair >> LOW_SHIFT & 0x3FF);
    }
    return !wrong;
}

/* Units of any kind, the first of which is not the second half of a pair. Without a branch for each: what comes next is what
 * nobody can guess. Returns the end of what was written. */
static uint32_t *decode_any(const uint16_t *units, size_t length, uint32_t *to) {
    uint32_t before = 0;
    for (size_t i = 0; i < length; i++) {
        uint32_t unit = units[i];
        uint32_t second = is_high((uint16_t)before) & is_low((uint16_t)unit);
        uint32_t joined = 0x10000 + ((before & 0x3FF) << 10) + (unit & 0x3FF);
        to -= second;
        *to++ = unit ^ ((unit ^ joined) & -second);
        before = unit;
    }
    return to;
}

void utf16_decode(const uint16_t *units, size_t length, uint32_t *to) {
    const uint16_t *end = units + length;
    while (end - units >= 2 * BLOCK) { /* which become BLOCK characters at least */
        if (decode_plain(units, to)) {
            units += BLOCK, to += BLOCK;
        } else if (decode_pairs(units, to)) {
            do {
                units += BLOCK, to += BLOCK / 2;
            } while (end - units >= BLOCK && decode_pairs(units, to));
        } else {
            size_t count = BLOCK + (is_high(units[BLOCK - 1]) & is_low(units[BLOCK]));
            to = decode_any(units, count, to);
            units += count;
        }
    }
    decode_any(units, (size_t)(end - units), to);
}

/* --- encoding ----------------------------------------------------------------------------------------- */

size_t utf16_count_astral(const uint32_t *characters, size_t length) {
    size_t count = 0;
    for (size_t at = 0; at < length;) {
        size_t end = end_of_stretch(at, length);
        int32_t astral = 0;
        for (size_t i = at; i < end; i++) astral += (int32_t)characters[i] > 0xFFFF;
        count += (size_t)astral;
        at = end;
    }
    return count;
}

static inline uint32_t pair_of(uint32_t character) {
    uint32_t bits = character - 0x10000;
    return pair_marks + (bits >> 10 << HIGH_SHIFT) + ((bits & 0x3FF) << LOW_SHIFT);
}

static void encode_pairs(const uint32_t *characters, uint16_t *restrict to) {
    for (size_t i = 0; i < BLOCK; i++) {
        uint32_t pair = pair_of(characters[i]);
        memcpy(to + 2 * i, &pair, sizeof pair);
    }
}

static void narrow(const uint32_t *characters, uint16_t *restrict to) {
    for (size_t i = 0; i < BLOCK; i++) to[i] = (uint16_t)characters[i];
}

static uint16_t *encode_any(const uint32_t *characters, size_t length, uint16_t *to) {
    for (size_t i = 0; i < length; i++) {
        uint32_t character = characters[i], astral = character > 0xFFFF;
        uint32_t bits = character - 0x10000, high = 0xD800 + (bits >> 10);
        to[0] = (uint16_t)(character ^ ((character ^ high) & -astral));
        to[1] =
            (uint16_t)(0xDC00 + (bits & 0x3FF)); /* the next one's place, if it is none of this */
        to += 1 + astral;
    }
    return to;
}

void utf16_encode(const uint32_t *characters, size_t length, uint16_t *to) {
    const uint32_t *end = characters + length;
    for (; end - characters >= BLOCK; characters += BLOCK) {
        size_t astral = utf16_count_astral(characters, BLOCK);
        if (astral == 0) {
            narrow(characters, to);
            to += BLOCK;
        } else if (astral == BLOCK) {
            encode_pairs(characters, to);
            to += BLOCK * 2;
        } else {
            to = encode_any(characters, BLOCK, to);
        }
    }
    encode_any(characters, (size_t)(end - characters), to);
}
