/* Looks at a message of the protocol without taking it apart: whom it is for. */
#ifndef INSPECTOR_SCAN_H
#define INSPECTOR_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* Finds the member "sessionId" of the JSON object that `text` is, at its top level. True: it is a
 * string, and `*value` and `*value_length` are what stands between its quotes. False: there is
 * none, or `text` is no object; whoever handles the message finds out what else is wrong with it.
 * Takes no memory, whatever the text. */
bool inspector_scan_session_id(const char *text, size_t length, const char **value,
                               size_t *value_length);

#endif
