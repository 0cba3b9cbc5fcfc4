#include "uuid.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/random.h>

bool inspector_uuid(char text[INSPECTOR_UUID_SIZE]) {
    unsigned char bytes[16];
    ssize_t count;
    do count = getrandom(bytes, sizeof(bytes), 0);
    while (count < 0 && errno == EINTR);
    if (count != (ssize_t)sizeof(bytes)) return false;

    bytes[6] = (unsigned char)(0x40 | (bytes[6] & 0x0f)); /* version 4 */
    bytes[8] = (unsigned char)(0x80 | (bytes[8] & 0x3f)); /* RFC 4122's variant */
    char *out = text;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
        out += snprintf(out, 3, "%02x", bytes[i]);
    }
    return true;
}
