/* Finds out which session a message is for, without parsing all of it. */
#ifndef INSPECTOR_SCAN_H
#define INSPECTOR_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* Finds the member "sessionId" of a JSON object, at its top level. True: it is a string, and
 * `*value` and `*value_length` are the text between its quotes. False: there is none, or `text` is
 * not an object. What else is wrong with the message is found where it is handled. Allocates
 * nothing, whatever the text. */
bool inspector_scan_session_id(const char *text, size_t length, const char **value,
                               size_t *value_length);

#endif
