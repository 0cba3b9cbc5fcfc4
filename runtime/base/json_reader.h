/* Reading JSON in place, without memory of its own. For the messages of debuggers, which are V8's
 * to judge: comments are skipped as V8's parser skips them, and what is not JSON makes a reader
 * stop, not complain. */
#ifndef RUNTIME_BASE_JSON_READER_H
#define RUNTIME_BASE_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>

/* A part of a text. The text outlives it. */
typedef struct json_span {
    const char *at;
    const char *end;
} json_span;

/* The members of an object, one by one. */
typedef struct json_members {
    json_span rest;
} json_members;

/* False: `value` is not an object. */
bool json_members_start(json_members *members, json_span value);
/* The next member: what is between the quotes of its name, and the text of its value. False: there
 * is none, or the text is not JSON from here on. */
bool json_members_next(json_members *members, json_span *name, json_span *value);

/* Whether the text between the quotes of a string means `ascii`. It may have escapes. */
bool json_text_is(json_span inside, const char *ascii);
/* What is between the quotes. False: `value` is not a string. */
bool json_string(json_span value, json_span *inside);
/* False: `value` is not a number. A number that is out of range is infinite. */
bool json_number(json_span value, double *number);

#endif
