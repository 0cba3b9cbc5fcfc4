#include "admission.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { LONGEST_HOST = 255 };

static bool is_port(const char *text) {
    size_t length = strspn(text, "0123456789");
    return length > 0 && length <= 5 && text[length] == '\0';
}

static bool is_address(int family, const char *text) {
    unsigned char address[sizeof(struct in6_addr)];
    return inet_pton(family, text, address) == 1;
}

static bool is_localhost(const char *name) {
    static const char suffix[] = "localhost";
    size_t length = strlen(name), tail = sizeof(suffix) - 1;
    if (length < tail || strcasecmp(name + length - tail, suffix) != 0) return false;
    return length == tail || (length > tail + 1 && name[length - tail - 1] == '.');
}

/* The name becomes part of the URLs in answers, so it must contain nothing but a name. */
static bool is_name(const char *text) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-._";
    return text[strspn(text, allowed)] == '\0';
}

bool inspector_admits_host(const char *host) {
    char name[LONGEST_HOST + 1];
    size_t length = strlen(host);
    if (length == 0 || length > LONGEST_HOST) return false;

    if (host[0] == '[') {
        const char *end = strchr(host, ']');
        if (!end || (end[1] != '\0' && (end[1] != ':' || !is_port(end + 2)))) return false;
        length = (size_t)(end - host) - 1;
        memcpy(name, host + 1, length);
        name[length] = '\0';
        return is_address(AF_INET6, name);
    }

    const char *colon = strchr(host, ':');
    if (colon) {
        if (!is_port(colon + 1)) return false;
        length = (size_t)(colon - host);
    }
    memcpy(name, host, length);
    name[length] = '\0';
    return is_address(AF_INET, name) || (is_name(name) && is_localhost(name));
}

bool inspector_admits_name(const char *host) {
    char name[LONGEST_HOST + 1];
    size_t length = strcspn(host, ":");
    if (length == 0 || length > LONGEST_HOST || (host[length] && !is_port(host + length + 1)))
        return false;
    memcpy(name, host, length);
    name[length] = '\0';
    return is_name(name);
}

bool inspector_admits_origin(const char *origin) {
    return strcmp(origin, "devtools://devtools") == 0;
}
