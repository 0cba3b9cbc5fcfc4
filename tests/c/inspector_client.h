/* What the inspector's tests share: a runtime to inspect, and a simple blocking client for HTTP and
 * WebSockets. Any failure here is a failed assertion. */
#ifndef INSPECTOR_CLIENT_H
#define INSPECTOR_CLIENT_H

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "jsrun/inspector.h"
#include "jsrun/runtime.h"

enum { CLIENT_SECONDS = 60 };

/* --- runtimes and targets --------------------------------------------------------------------- */

static inline jsrun_runtime *test_runtime_with(jsrun_runtime_options options) {
    jsrun_runtime *runtime = NULL;
    jsrun_status status = jsrun_runtime_new(&options, &runtime);
    assert(status == JSRUN_OK);
    return runtime;
}

static inline jsrun_runtime *test_runtime(void) {
    return test_runtime_with((jsrun_runtime_options){0});
}

static inline void test_runtime_end(jsrun_runtime *runtime) {
    jsrun_runtime_close(runtime);
    jsrun_runtime_release(runtime);
}

static inline jsrun_target *test_target_with(jsrun_runtime *runtime, jsrun_target_options options) {
    char error[256];
    jsrun_target *target = NULL;
    bool opened = jsrun_target_open(runtime, &options, &target, error, sizeof(error));
    if (!opened) fprintf(stderr, "%s\n", error);
    assert(opened && target && error[0] == '\0');
    return target;
}

static inline jsrun_target *test_target(jsrun_runtime *runtime, uint16_t port) {
    return test_target_with(runtime, (jsrun_target_options){.port = port});
}

static inline uint16_t port_of(const jsrun_target *target) {
    return jsrun_target_info_of(target)->port;
}

/* "/ws/ID" */
static inline const char *path_of(const jsrun_target *target) {
    const char *path = strstr(jsrun_target_info_of(target)->websocket_url, "/ws/");
    assert(path);
    return path;
}

/* --- sockets ---------------------------------------------------------------------------------- */

static inline double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline void milliseconds_pass(long count) {
    nanosleep(&(struct timespec){.tv_sec = count / 1000, .tv_nsec = count % 1000 * 1000000}, NULL);
}

/* A connected socket; -1: refused. */
static inline int try_connect(uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct timeval patience = {.tv_sec = CLIENT_SECONDS};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) return fd;
    close(fd);
    return -1;
}

static inline int must_connect(uint16_t port) {
    int fd = try_connect(port);
    assert(fd >= 0);
    return fd;
}

/* False: the other side has closed. */
static inline bool try_send(int fd, const void *data, size_t length) {
    const char *at = data;
    while (length > 0) {
        ssize_t sent = send(fd, at, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        at += sent;
        length -= (size_t)sent;
    }
    return true;
}

/* False: the other side has closed before this many bytes have come. */
static inline bool try_receive(int fd, void *data, size_t length) {
    char *at = data;
    while (length > 0) {
        ssize_t received = recv(fd, at, length, 0);
        if (received < 0 && errno == EINTR) continue; /* not restarted, since it has a time limit */
        assert(received >= 0 || errno != EAGAIN);     /* that took too long */
        if (received <= 0) return false;
        at += received;
        length -= (size_t)received;
    }
    return true;
}

/* --- HTTP ------------------------------------------------------------------------------------- */

/* Reads one answer, head and body. Free it. NULL: the other side has closed before. */
static inline char *read_answer(int fd, bool has_body) {
    size_t length = 0, capacity = 1 << 16;
    char *answer = malloc(capacity);
    while (length < 4 || memcmp(answer + length - 4, "\r\n\r\n", 4) != 0) {
        assert(length + 1 < capacity);
        if (!try_receive(fd, answer + length, 1)) {
            free(answer);
            return NULL;
        }
        length++;
    }
    answer[length] = '\0';
    const char *header = strstr(answer, "Content-Length: ");
    size_t body = header && has_body ? strtoul(header + 16, NULL, 10) : 0;
    answer = realloc(answer, length + body + 1);
    bool whole = try_receive(fd, answer + length, body);
    assert(whole);
    answer[length + body] = '\0';
    return answer;
}

/* Sends a request as it is on a connection of its own. Free the answer, which may be NULL. */
static inline char *http_raw(uint16_t port, const char *request) {
    int fd = must_connect(port);
    try_send(fd, request, strlen(request));
    char *answer = read_answer(fd, strncmp(request, "HEAD ", 5) != 0);
    close(fd);
    return answer;
}

static inline char *http_get(uint16_t port, const char *path) {
    char request[1024];
    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", path, port);
    char *answer = http_raw(port, request);
    assert(answer);
    return answer;
}

static inline int status_of(const char *answer) {
    assert(answer && strncmp(answer, "HTTP/1.1 ", 9) == 0);
    return atoi(answer + 9);
}

static inline const char *body_of(const char *answer) {
    const char *end = strstr(answer, "\r\n\r\n");
    assert(end);
    return end + 4;
}

/* How often `part` occurs in `text`. */
static inline size_t occurrences(const char *text, const char *part) {
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part)) count++;
    return count;
}

/* --- WebSocket -------------------------------------------------------------------------------- */

enum { TEXT = 1, BINARY = 2, CONTINUED = 0, CLOSE = 8, PING = 9, PONG = 10, FINAL = 0x80 };

/* Does the handshake with more headers, each with its line end. Returns the HTTP status. The
 * connection stays open if that is 101. */
static inline int ws_handshake(int fd, const char *path, const char *headers) {
    char request[2048];
    snprintf(request, sizeof(request),
             "GET %s HTTP/1.1\r\n"
             "%s"
             "Upgrade: websocket\r\n"
             "Connection: Upgrade\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
             "Sec-WebSocket-Version: 13\r\n\r\n",
             path, headers);
    if (!try_send(fd, request, strlen(request))) return 0;
    char *answer = read_answer(fd, true);
    if (!answer) return 0;
    int status = status_of(answer);
    if (status == 101)
        assert(strstr(answer, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")); /* RFC 6455's example */
    free(answer);
    return status;
}

static inline int ws_open(const jsrun_target *target) {
    int fd = must_connect(port_of(target));
    int status = ws_handshake(fd, path_of(target), "Host: localhost\r\n");
    assert(status == 101);
    return fd;
}

/* Sends a frame: an opcode, or-ed with FINAL or not. */
static inline bool ws_send_frame(int fd, int first, const void *data, size_t length) {
    static const unsigned char mask[4] = {0x12, 0x34, 0x56, 0x78};
    unsigned char *frame = malloc(length + 14), *at = frame;
    *at++ = (unsigned char)first;
    if (length < 126) {
        *at++ = (unsigned char)(0x80 | length);
    } else if (length < 65536) {
        *at++ = 0x80 | 126;
        *at++ = (unsigned char)(length >> 8);
        *at++ = (unsigned char)length;
    } else {
        *at++ = 0x80 | 127;
        for (int shift = 56; shift >= 0; shift -= 8)
            *at++ = (unsigned char)((uint64_t)length >> shift);
    }
    memcpy(at, mask, 4);
    at += 4;
    for (size_t i = 0; i < length; i++) at[i] = ((const unsigned char *)data)[i] ^ mask[i % 4];
    bool sent = try_send(fd, frame, (size_t)(at - frame) + length);
    free(frame);
    return sent;
}

static inline bool ws_send(int fd, const char *text) {
    return ws_send_frame(fd, FINAL | TEXT, text, strlen(text));
}

typedef struct ws_message {
    int opcode; /* of the first frame; -1: the other side has closed */
    char *data; /* NUL-terminated; free it */
    size_t length;
} ws_message;

/* Reads a message, or a control frame that comes before it is complete. Answers pings if `polite`.
 * */
static inline ws_message ws_read_any(int fd, bool polite) {
    static const ws_message closed = {.opcode = -1};
    ws_message message = {.opcode = -1, .data = malloc(1)};
    for (;;) {
        unsigned char head[2], more[8];
        if (!try_receive(fd, head, 2)) break;
        assert((head[0] & 0x70) == 0 && (head[1] & 0x80) == 0);
        size_t length = head[1];
        if (length >= 126) {
            size_t bytes = length == 126 ? 2 : 8;
            if (!try_receive(fd, more, bytes)) break;
            length = 0;
            for (size_t i = 0; i < bytes; i++) length = length << 8 | more[i];
        }
        int opcode = head[0] & 15;
        if (opcode >= CLOSE) {
            char *data = calloc(1, length + 1);
            if (!try_receive(fd, data, length)) {
                free(data);
                break;
            }
            if (opcode == PING && polite) {
                ws_send_frame(fd, FINAL | PONG, data, length);
                free(data);
                continue;
            }
            free(message.data);
            return (ws_message){.opcode = opcode, .data = data, .length = length};
        }
        assert((opcode == CONTINUED) == (message.opcode != -1));
        message.data = realloc(message.data, message.length + length + 1);
        if (!try_receive(fd, message.data + message.length, length)) break;
        if (opcode != CONTINUED) message.opcode = opcode;
        message.length += length;
        message.data[message.length] = '\0';
        if (head[0] & FINAL) return message;
    }
    free(message.data);
    return closed;
}

/* Reads text messages up to one that contains `part`, and returns that. Free its data. */
static inline ws_message ws_read_until(int fd, const char *part) {
    for (;;) {
        ws_message message = ws_read_any(fd, true);
        assert(message.opcode == TEXT);
        if (strstr(message.data, part)) return message;
        free(message.data);
    }
}

/* Has `expression` evaluated, as request `id`. */
static inline bool ws_evaluate(int fd, int id, const char *expression) {
    char request[512];
    snprintf(request, sizeof(request),
             "{\"id\":%d,\"method\":\"Runtime.evaluate\",\"params\":{\"expression\":\"%s\"}}", id,
             expression);
    return ws_send(fd, request);
}

/* Sends a request and waits for its answer. */
static inline void ws_round_trip(int fd, int id) {
    char part[32];
    bool sent = ws_evaluate(fd, id, "1 + 1");
    assert(sent);
    snprintf(part, sizeof(part), "\"id\":%d,", id);
    ws_message answer = ws_read_until(fd, part);
    free(answer.data);
}

/* Reads up to a close frame and answers it. Returns its status, or 0 if there was none. */
static inline int ws_read_close(int fd) {
    for (;;) {
        ws_message message = ws_read_any(fd, true);
        int status = 0;
        if (message.opcode == CLOSE && message.length >= 2)
            status = (unsigned char)message.data[0] << 8 | (unsigned char)message.data[1];
        if (message.opcode == CLOSE)
            ws_send_frame(fd, FINAL | CLOSE, message.data, message.length < 2 ? 0 : 2);
        free(message.data);
        if (message.opcode == CLOSE || message.opcode == -1) return status;
    }
}

#endif
