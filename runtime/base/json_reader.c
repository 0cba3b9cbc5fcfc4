#define _GNU_SOURCE /* strtod_l(), memmem() */
#include "base/json_reader.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/* Skips blanks and comments. */
static void skip_blanks(json_span *text) {
    while (text->at < text->end) {
        size_t left = (size_t)(text->end - text->at);
        if (is_blank(*text->at)) {
            text->at++;
        } else if (left >= 2 && memcmp(text->at, "//", 2) == 0) {
            const char *line_end = memchr(text->at, '\n', left);
            text->at = line_end ? line_end : text->end;
        } else if (left >= 2 && memcmp(text->at, "/*", 2) == 0) {
            const char *comment_end = memmem(text->at + 2, left - 2, "*/", 2);
            text->at = comment_end ? comment_end + 2 : text->end;
        } else {
            return;
        }
    }
}

static bool skip(json_span *text, char expected) {
    skip_blanks(text);
    if (text->at == text->end || *text->at != expected) return false;
    text->at++;
    return true;
}

static bool skip_string(json_span *text, json_span *inside) {
    if (!skip(text, '"')) return false;
    inside->at = text->at;
    for (; text->at < text->end && *text->at != '"'; text->at++)
        if (*text->at == '\\' && ++text->at == text->end) return false;
    if (text->at == text->end) return false;
    inside->end = text->at++;
    return true;
}

/* Any value, up to the comma or the bracket after it. Which bracket closes which does not matter
 * here. */
static bool skip_value(json_span *text) {
    size_t depth = 0;
    for (;;) {
        json_span inside;
        skip_blanks(text);
        if (text->at == text->end) return false;
        switch (*text->at) {
        case '"':
            if (!skip_string(text, &inside)) return false;
            continue;
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
        text->at++;
    }
}

bool json_members_start(json_members *members, json_span value) {
    members->rest = value;
    return skip(&members->rest, '{');
}

bool json_members_next(json_members *members, json_span *name, json_span *value) {
    json_span *rest = &members->rest;
    if (!skip_string(rest, name) || !skip(rest, ':')) return false;
    skip_blanks(rest);
    value->at = rest->at;
    if (!skip_value(rest)) return false;
    value->end = rest->at;
    if (*rest->at == ',') rest->at++;
    return true;
}

/* The character that an escape means, which text->at is behind the backslash of. -1: none of
 * ASCII. */
static int unescape(json_span *text) {
    static const char escapes[] = "b\bf\fn\nr\rt\t";
    char escape = *text->at++;
    if (escape != 'u') {
        const char *found = memchr(escapes, escape, sizeof escapes - 1);
        return found && (found - escapes) % 2 == 0 ? found[1] : escape;
    }
    if (text->end - text->at < 4) return -1;
    char digits[5] = {0};
    memcpy(digits, text->at, 4);
    text->at += 4;
    char *end;
    unsigned long code = strtoul(digits, &end, 16);
    return end == digits + 4 && code < 128 ? (int)code : -1;
}

bool json_text_is(json_span inside, const char *ascii) {
    while (inside.at < inside.end) {
        char c = *inside.at++;
        int character = c == '\\' && inside.at < inside.end ? unescape(&inside) : c;
        if (*ascii == '\0' || character != *ascii++) return false;
    }
    return *ascii == '\0';
}

bool json_string(json_span value, json_span *inside) { return skip_string(&value, inside); }

bool json_number(json_span value, double *number) {
    enum { LONGEST = 63 };
    char digits[LONGEST + 1];
    if (value.at == value.end || (*value.at != '-' && (*value.at < '0' || *value.at > '9')))
        return false;
    size_t length = 0;
    const char *numeric = "+-.0123456789Ee";
    while (value.at + length < value.end && strchr(numeric, value.at[length]) && value.at[length])
        length++;
    if (length > LONGEST) {
        *number = INFINITY;
        return true;
    }
    memcpy(digits, value.at, length);
    digits[length] = '\0';
    locale_t locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!locale) return false;
    *number = strtod_l(digits, NULL, locale);
    freelocale(locale);
    return true;
}
