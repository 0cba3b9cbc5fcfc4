#include "text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for `length` more bytes and a NUL. */
static bool reserve(inspector_text *text, size_t length) {
    if (text->failed) return false;
    if (length < text->capacity - text->length) return true;
    if (length > SIZE_MAX / 4 - text->length) {
        text->failed = true;
        return false;
    }
    size_t capacity = text->capacity ? text->capacity : 256;
    while (capacity - text->length <= length) capacity *= 2;
    char *data = realloc(text->data, capacity);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void inspector_text_add(inspector_text *text, const void *data, size_t length) {
    if (!reserve(text, length)) return;
    if (length > 0) memcpy(text->data + text->length, data, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void inspector_text_print(inspector_text *text, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length < 0)
        text->failed = true;
    else if (reserve(text, (size_t)length)) {
        vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
    va_end(arguments);
}

void inspector_text_add_html(inspector_text *text, const char *string) {
    for (const char *at = string; *at; at++) {
        switch (*at) {
        case '&':
            inspector_text_print(text, "&amp;");
            break;
        case '<':
            inspector_text_print(text, "&lt;");
            break;
        case '>':
            inspector_text_print(text, "&gt;");
            break;
        case '"':
            inspector_text_print(text, "&quot;");
            break;
        case '\'':
            inspector_text_print(text, "&#39;");
            break;
        default:
            inspector_text_add(text, at, 1);
        }
    }
}

void inspector_text_add_json(inspector_text *text, const char *string, size_t length) {
    inspector_text_add(text, "\"", 1);
    for (const char *at = string, *end = string + length; at < end;) {
        const char *from = at;
        while (at < end && (unsigned char)*at >= 0x20 && *at != '"' && *at != '\\') at++;
        inspector_text_add(text, from, (size_t)(at - from));
        if (at == end) break;
        if (*at == '"' || *at == '\\')
            inspector_text_print(text, "\\%c", *at++);
        else
            inspector_text_print(text, "\\u%04x", (unsigned)*at++);
    }
    inspector_text_add(text, "\"", 1);
}

void inspector_text_free(inspector_text *text) {
    free(text->data);
    *text = (inspector_text){0};
}
