/* The access token: the secret that an endpoint may demand of every client. */
#ifndef INSPECTOR_TOKEN_H
#define INSPECTOR_TOKEN_H

#include <stdbool.h>

enum {
    INSPECTOR_TOKEN_SHORTEST = 16,
    INSPECTOR_TOKEN_LONGEST = 128,
    INSPECTOR_TOKEN_SIZE = INSPECTOR_TOKEN_LONGEST + 1,
};

/* Whether `token` is valid: long enough, and without characters that are special in URLs. */
bool inspector_token_is_valid(const char *token);

/* Makes a random one of 256 bits. False if the system has no random numbers. */
bool inspector_token_new(char token[INSPECTOR_TOKEN_SIZE]);

/* Whether two are equal. The time that it takes does not depend on where they differ. */
bool inspector_token_equal(const char *token, const char *other);

#endif
