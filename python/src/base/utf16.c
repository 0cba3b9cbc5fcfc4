#include "base/utf16.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Not more than a sum of 16 bits can count, and few enough for the nearest cache. */
enum { STRETCH = 4096 };

/* Characters of one kind are decoded and encoded this many at a time, without a look at each. */
enum { BLOCK = 32 };

/* A pair in memory, read as one number: the masks and the values of its surrogates' marks, and
 * where its other bits are. */
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

bool utf16_has_pair(const uint16_t *units, size_t length) {
    for (size_t at = 0; at + 1 < length;) {
        size_t end = end_of_stretch(at, length - 1);
        uint16_t pairs = 0;
        for (size_t i = at; i < end; i++)
            pairs |= (uint16_t)(is_high(units[i]) & is_low(units[i + 1]));
        if (pairs) return true;
        at = end;
    }
    return false;
}

/* A mark that all units have is both in the OR and in the AND of them. */
static bool are_pairs(const uint16_t *units, size_t count) {
    uint32_t any = 0, each = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        uint32_t pair;
        memcpy(&pair, units + 2 * i, sizeof pair);
        any |= pair;
        each &= pair;
    }
    return (any & pair_mask) == pair_marks && (each & pair_mask) == pair_marks;
}

size_t utf16_count_pairs(const uint16_t *units, size_t length) {
    size_t count = 0;
    for (size_t at = 0; at + 1 < length;) {
        /* Takes half the work if the text consists of pairs. */
        if (length - at >= STRETCH && are_pairs(units + at, 1) &&
            are_pairs(units + at, STRETCH / 2)) {
            count += STRETCH / 2;
            at += STRETCH;
            continue;
        }
        size_t end = end_of_stretch(at, length - 1);
        uint16_t pairs = 0;
        for (size_t i = at; i < end; i++)
            pairs += (uint16_t)(is_high(units[i]) & is_low(units[i + 1]));
        count += pairs;
        at = end + (is_high(units[end - 1]) & is_low(units[end])); /* do not stop inside a pair */
    }
    return count;
}

/* --- decoding --------------------------------------------------------------------------------- */

/* Both write BLOCK characters, or half as many, even if they then return that the units are of
 * another kind. */

static inline bool decode_plain(const uint16_t *units, uint32_t *restrict to) {
    uint16_t surrogates = 0;
    for (size_t i = 0; i < BLOCK; i++) {
        to[i] = units[i];
        surrogates |= (uint16_t)((units[i] & 0xF800) == 0xD800);
    }
    return !surrogates;
}

#ifdef __SSE2__
/* Without their marks the halves of a pair are its bits, and one instruction joins them: high *
 * 1024 + low. Compilers do not find it. */
static inline bool decode_pairs(const uint16_t *units, uint32_t *restrict to) {
    const __m128i marks = _mm_set1_epi32((int)pair_marks), first = _mm_set1_epi32(0x10000);
    const __m128i factors = _mm_set1_epi32(1 << LOW_SHIFT | 1024 << HIGH_SHIFT);
    const __m128i mask = _mm_set1_epi32((int)pair_mask), zero = _mm_setzero_si128();
    __m128i all = zero;
    for (size_t i = 0; i < BLOCK / 8; i++) {
        __m128i pairs = _mm_loadu_si128((const __m128i *)units + i);
        __m128i bits = _mm_sub_epi16(pairs, marks);
        all = _mm_or_si128(all, bits);
        _mm_storeu_si128((__m128i *)to + i, _mm_add_epi32(_mm_madd_epi16(bits, factors), first));
    }
    return _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_and_si128(all, mask), zero)) == 0xFFFF;
}
#else
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
#endif

/* Units of any kind, of which the first is not the second half of a pair. It has no branch for each
 * unit, because nothing predicts what the next one is. Returns the end of what was written. */
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
    while (end - units >= 2 * BLOCK) { /* these become at least BLOCK characters */
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

/* --- encoding --------------------------------------------------------------------------------- */

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

/* Both write BLOCK characters, even if they then return that these are of another kind. */

static inline bool encode_plain(const uint32_t *characters, uint16_t *restrict to) {
    uint32_t all = 0;
    for (size_t i = 0; i < BLOCK; i++) {
        all |= characters[i];
        to[i] = (uint16_t)characters[i];
    }
    return all <= 0xFFFF;
}

static inline bool encode_pairs(const uint32_t *characters, uint16_t *restrict to) {
    int32_t all = 0;
    for (size_t i = 0; i < BLOCK; i++) {
        int32_t high = (int32_t)(characters[i] >> 10) - (0x10000 >> 10);
        uint32_t low = characters[i] & 0x3FF;
        all |= high; /* negative, if the character needs no pair */
        uint32_t pair = pair_marks + ((uint32_t)high << HIGH_SHIFT) + (low << LOW_SHIFT);
        memcpy(to + 2 * i, &pair, sizeof pair);
    }
    return all >= 0;
}

static uint16_t *encode_any(const uint32_t *characters, size_t length, uint16_t *to) {
    for (size_t i = 0; i < length; i++) {
        uint32_t character = characters[i], astral = character > 0xFFFF;
        uint32_t bits = character - 0x10000, high = 0xD800 + (bits >> 10);
        to[0] = (uint16_t)(character ^ ((character ^ high) & -astral));
        to[1] = (uint16_t)(0xDC00 +
                           (bits & 0x3FF)); /* overwritten by the next one, if this is no pair */
        to += 1 + astral;
    }
    return to;
}

size_t utf16_encode(const uint32_t *characters, size_t length, uint16_t *units) {
    const uint32_t *end = characters + length;
    uint16_t *to = units;
    while (end - characters >= BLOCK) {
        if (encode_pairs(characters, to)) {
            characters += BLOCK, to += BLOCK * 2;
        } else if (encode_plain(characters, to)) {
            do {
                characters += BLOCK, to += BLOCK;
            } while (end - characters >= BLOCK && encode_plain(characters, to));
        } else {
            to = encode_any(characters, BLOCK, to);
            characters += BLOCK;
        }
    }
    return (size_t)(encode_any(characters, (size_t)(end - characters), to) - units);
}
