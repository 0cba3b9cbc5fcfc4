/* The secret that an endpoint may ask of every client. */
#ifndef INSPECTOR_TOKEN_H
#define INSPECTOR_TOKEN_H

#include <stdbool.h>

enum {
    INSPECTOR_TOKEN_SHORTEST = 16,
    INSPECTOR_TOKEN_LONGEST = 128,
    INSPECTOR_TOKEN_SIZE = INSPECTOR_TOKEN_LONGEST + 1,
};

/* Whether `token` may be one: long enough, and of characters that mean nothing in URLs. */
bool inspector_token_is_valid(const char *token);

/* Makes one up, of 256 random bits. False if the system has no random numbers to give. */
bool inspector_token_new(char token[INSPECTOR_TOKEN_SIZE]);

/* Whether two are the same, in a time that does not tell how much of them is. */
bool inspector_token_equal(const char *token, const char *other);

#endif
