#include "token.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

bool inspector_token_is_valid(const char *token) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-._~";
    size_t length = strlen(token);
    return length >= INSPECTOR_TOKEN_SHORTEST && length <= INSPECTOR_TOKEN_LONGEST &&
           strspn(token, allowed) == length;
}

bool inspector_token_new(char token[INSPECTOR_TOKEN_SIZE]) {
    uint8_t random[32];
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) return false;
    for (size_t i = 0; i < sizeof(random); i++) snprintf(token + 2 * i, 3, "%02x", random[i]);
    return true;
}

bool inspector_token_equal(const char *token, const char *other) {
    /* Both are copied into buffers of one size, so that always all bytes are compared. */
    char left[INSPECTOR_TOKEN_SIZE] = {0}, right[INSPECTOR_TOKEN_SIZE] = {0};
    size_t left_length = strlen(token), right_length = strlen(other);
    if (left_length >= sizeof(left) || right_length >= sizeof(right)) return false;
    memcpy(left, token, left_length);
    memcpy(right, other, right_length);
    volatile unsigned char difference = 0;
    for (size_t i = 0; i < sizeof(left); i++)
        difference = (unsigned char)(difference | (left[i] ^ right[i]));
    return difference == 0;
}
