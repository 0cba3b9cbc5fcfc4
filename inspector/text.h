/* A string that grows. */
#ifndef INSPECTOR_TEXT_H
#define INSPECTOR_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A zeroed one is empty. Once memory has run out, `failed` is true and stays true, and what is
 * added later is lost. */
typedef struct inspector_text {
    char *data; /* NUL-terminated, or NULL */
    size_t length;
    size_t capacity;
    bool failed;
} inspector_text;

void inspector_text_add(inspector_text *text, const void *data, size_t length);
void inspector_text_print(inspector_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds a string, with the special characters of HTML escaped. */
void inspector_text_add_html(inspector_text *text, const char *string);

/* Adds UTF-8 as a JSON string, with its quotes. */
void inspector_text_add_json(inspector_text *text, const char *string, size_t length);

void inspector_text_free(inspector_text *text);

#endif
