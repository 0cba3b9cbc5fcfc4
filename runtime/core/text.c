/* Strings as C programs have them. */
#include <stdint.h>
#include <stdlib.h>

#include "base/utf.h"
#include "jsrun/execute.h"
#include "jsrun/value.h"

static char *from_latin1(jsrun_entry *entry, jsrun_value string, size_t count, size_t *bytes) {
    char *text = count < SIZE_MAX / 2 ? malloc(count * 2 + 1) : NULL;
    if (!text) return NULL;
    /* The characters start in the second half, so what they become never overtakes them. */
    uint8_t *characters = (uint8_t *)text + count;
    jsrun_string_copy_latin1(entry, string, characters);
    if (!jsrun_entry_is_alive(entry)) {
        free(text);
        return NULL;
    }
    *bytes = utf8_from_latin1(characters, count, text);
    return text;
}

static char *from_utf16(jsrun_entry *entry, jsrun_value string, size_t count, size_t *bytes) {
    char *text = count < SIZE_MAX / 3 ? malloc(count * 3 + 1) : NULL;
    jsrun_units units;
    if (!text || !jsrun_units_open(entry, string, &units)) {
        free(text);
        return NULL;
    }
    *bytes = utf8_from_utf16(units.units, count, text);
    jsrun_units_close(&units);
    return text;
}

char *jsrun_string_to_utf8(jsrun_entry *entry, jsrun_value string, size_t *length) {
    size_t count = jsrun_string_length(string), bytes = 0;
    char *text = jsrun_string_is_latin1(string) ? from_latin1(entry, string, count, &bytes)
                                                : from_utf16(entry, string, count, &bytes);
    if (!text) return NULL;
    text[bytes] = 0;
    if (length) *length = bytes;
    return text;
}
