#include "scan.h"

#include <string.h>

typedef struct cursor {
    const char *at;
    const char *end;
} cursor;

static void skip_space(cursor *cursor) {
    while (cursor->at < cursor->end && strchr(" \t\r\n", *cursor->at) && *cursor->at) cursor->at++;
}

static bool skip(cursor *cursor, char expected) {
    skip_space(cursor);
    if (cursor->at == cursor->end || *cursor->at != expected) return false;
    cursor->at++;
    return true;
}

/* Skips a string. *value is the text between its quotes. */
static bool skip_string(cursor *cursor, const char **value, size_t *length) {
    if (!skip(cursor, '"')) return false;
    *value = cursor->at;
    for (; cursor->at < cursor->end && *cursor->at != '"'; cursor->at++) {
        if (*cursor->at == '\\' && ++cursor->at == cursor->end) return false;
    }
    if (cursor->at == cursor->end) return false;
    *length = (size_t)(cursor->at++ - *value);
    return true;
}

/* Skips any value. It does not matter here which bracket closes which. */
static bool skip_value(cursor *cursor) {
    const char *value;
    size_t length, depth = 0;
    for (; cursor->at < cursor->end; cursor->at++) {
        switch (*cursor->at) {
        case '"':
            if (!skip_string(cursor, &value, &length)) return false;
            cursor->at--; /* the loop steps over it */
            break;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            if (depth == 0) return true;
            depth--;
            break;
        case ',':
            if (depth == 0) return true;
            break;
        default:
            break;
        }
    }
    return false;
}

bool inspector_scan_session_id(const char *text, size_t length, const char **value,
                               size_t *value_length) {
    static const char wanted[] = "sessionId";
    cursor cursor = {.at = text, .end = text + length};
    if (!skip(&cursor, '{')) return false;
    do {
        const char *key;
        size_t key_length;
        if (!skip_string(&cursor, &key, &key_length) || !skip(&cursor, ':')) return false;
        if (key_length == sizeof wanted - 1 && memcmp(key, wanted, key_length) == 0)
            return skip_string(&cursor, value, value_length);
        if (!skip_value(&cursor)) return false;
    } while (skip(&cursor, ','));
    return false;
}
