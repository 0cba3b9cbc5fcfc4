/* Clients: handshakes, messages, and every way for a connection to end. */
#include <pthread.h>
#include <sys/wait.h>

#include "inspector_client.h"

enum { MIB = 1024 * 1024 };

static void test_handshakes(jsrun_runtime *runtime) {
    static const char host[] = "Host: localhost\r\n";
    jsrun_target *target = test_target(runtime, 0);
    const char *path = path_of(target);
    struct {
        const char *path;
        const char *headers;
        int status;
    } cases[] = {
        {path, host, 101},
        {path + 3, host, 101}, /* the path of Node.js */
        {path, "Host: 127.0.0.1:1\r\nOrigin: devtools://devtools\r\n", 101},
        {path, "Host: [::1]:1\r\nSec-WebSocket-Extensions: permessage-deflate\r\n", 101},
        {path, "Host: evil.com\r\n", 403},
        {path, "", 400},
        {path, "Host: localhost\r\nOrigin: https://evil.com\r\n", 403},
        {path, "Host: localhost\r\nOrigin: http://localhost:9229\r\n", 403},
        {path, "Host: localhost\r\nOrigin: null\r\n", 403},
        {path, "Host: localhost\r\nSec-WebSocket-Protocol: chat\r\n", 400},
        {path, "Host: localhost\r\nSec-WebSocket-Version: 8\r\n", 426},
        {path, "Host: localhost\r\nSec-WebSocket-Key: short\r\n", 400},
        {"/", host, 404},
        {"/ws/", host, 404},
        {"/json", host, 404},
        {"/ws/00000000-0000-4000-8000-000000000000", host, 404},
        {"/other/00000000-0000-4000-8000-000000000000", host, 404},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int fd = must_connect(port_of(target));
        int status = ws_handshake(fd, cases[i].path, cases[i].headers);
        if (status != cases[i].status) {
            fprintf(stderr, "%s %s: %d\n", cases[i].path, cases[i].headers, status);
            abort();
        }
        if (status == 101) ws_round_trip(fd, 1);
        close(fd);
    }

    char post[500];
    snprintf(post, sizeof(post),
             "POST %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
             path);
    char *answer = http_raw(port_of(target), post);
    assert(status_of(answer) == 405);
    free(answer);
    jsrun_target_free(target);
}

static void test_messages(jsrun_runtime *runtime) {
    static const char request[] = "{\"id\":7,\"method\":\"Runtime.evaluate\",\"params\":{"
                                  "\"expression\":\"'\xc3\xa9\xe2\x82\xac'\"}}";
    jsrun_target *target = test_target(runtime, 0);
    int fd = ws_open(target);
    ws_message answer;

    /* In fragments, which cut a character, with a ping between them. */
    size_t length = sizeof(request) - 1;
    for (size_t i = 0; i < length; i++) {
        int last = i + 1 == length ? FINAL : 0;
        ws_send_frame(fd, last | (i ? CONTINUED : TEXT), request + i, 1);
        if (i == length / 2) ws_send_frame(fd, FINAL | PING, "are you there?", 14);
    }
    answer = ws_read_any(fd, false);
    assert(answer.opcode == PONG && strcmp(answer.data, "are you there?") == 0);
    free(answer.data);
    answer = ws_read_until(fd, "\"id\":7,");
    assert(strstr(answer.data, "\xc3\xa9\xe2\x82\xac") || strstr(answer.data, "\\u00e9\\u20ac") ||
           strstr(answer.data, "\\u00E9\\u20AC"));
    free(answer.data);

    /* Many at once are handled in order. */
    for (int i = 0; i < 300; i++)
        ws_evaluate(fd, 1000 + i, "globalThis.count = (globalThis.count || 0) + 1");
    for (int i = 0; i < 300; i++) {
        answer = ws_read_any(fd, true);
        int id = 0, value = 0;
        const char *found = answer.opcode == TEXT ? strstr(answer.data, "\"value\":") : NULL;
        if (found) sscanf(found, "\"value\":%d", &value);
        if (found) sscanf(answer.data, "{\"id\":%d", &id);
        if (id < 1000 || value != id - 999) fprintf(stderr, "%s\n", answer.data);
        assert(id >= 1000 && value == id - 999);
        free(answer.data);
    }

    /* Large ones, both ways. V8 answers nonsense, which does not end the session. */
    char *large = malloc(5 * MIB);
    length = (size_t)sprintf(large, "{\"id\":8,\"method\":\"Runtime.evaluate\",\"params\":{"
                                    "\"expression\":\"0\",\"nothing\":\"");
    memset(large + length, 'x', 5 * MIB - length - 3);
    memcpy(large + 5 * MIB - 3, "\"}}", 3);
    ws_send_frame(fd, FINAL | TEXT, large, 5 * MIB);
    answer = ws_read_until(fd, "\"id\":8,");
    free(answer.data);
    free(large);
    ws_evaluate(fd, 9, "'x'.repeat(30000000)");
    answer = ws_read_until(fd, "\"id\":9,");
    assert(answer.length > 30000000);
    free(answer.data);
    ws_send(fd, "nonsense");
    ws_send_frame(fd, FINAL | TEXT, "", 0);
    ws_round_trip(fd, 10);

    /* A second client of the same target. */
    int other = ws_open(target);
    ws_round_trip(other, 1);
    ws_round_trip(fd, 11);
    ws_send_frame(other, FINAL | CLOSE, "\x03\xe8", 2);
    assert(ws_read_close(other) == 1000);
    close(other);
    ws_round_trip(fd, 12);
    close(fd);
    jsrun_target_free(target);
}

static void test_violations(jsrun_runtime *runtime) {
    jsrun_target_options options = {.limits.message_bytes = 100000};
    jsrun_target *target = test_target_with(runtime, options);
    static const char zeros[100001];
    int fd;

    fd = ws_open(target);
    ws_send_frame(fd, FINAL | BINARY, "{}", 2);
    assert(ws_read_close(fd) == 1003);
    close(fd);

    fd = ws_open(target);
    ws_send_frame(fd, FINAL | TEXT, "\xff\xfe", 2);
    assert(ws_read_close(fd) == 1007);
    close(fd);

    fd = ws_open(target);
    ws_send_frame(fd, FINAL | TEXT, "\xc3", 1);
    assert(ws_read_close(fd) == 1007);
    close(fd);

    fd = ws_open(target); /* a frame that says that it is too large */
    ws_send_frame(fd, FINAL | TEXT, zeros, 100001);
    assert(ws_read_close(fd) == 1009);
    close(fd);

    fd = ws_open(target); /* frames that are too large together */
    ws_send_frame(fd, TEXT, zeros, 60000);
    ws_send_frame(fd, FINAL | CONTINUED, zeros, 40001);
    assert(ws_read_close(fd) == 1009);
    close(fd);

    fd = ws_open(target); /* 2^62 bytes */
    try_send(fd, "\x81\xff\x40\0\0\0\0\0\0\0\0\0\0\0xxx", 17);
    assert(ws_read_close(fd) == 1009);
    close(fd);

    fd = ws_open(target); /* nothing to continue */
    ws_send_frame(fd, FINAL | CONTINUED, "{}", 2);
    assert(ws_read_close(fd) == 1002);
    close(fd);

    fd = ws_open(target); /* a message in a message */
    ws_send_frame(fd, TEXT, "{", 1);
    ws_send_frame(fd, FINAL | TEXT, "}", 1);
    assert(ws_read_close(fd) == 1002);
    close(fd);

    /* The largest message that is allowed. */
    fd = ws_open(target);
    ws_send_frame(fd, FINAL | TEXT, zeros, 100000);
    ws_round_trip(fd, 1);
    close(fd);
    jsrun_target_free(target);
}

static void expect_ping(int fd) {
    ws_message message = ws_read_any(fd, false);
    assert(message.opcode == PING);
    free(message.data);
}

static void send_pong(int fd) { ws_send_frame(fd, FINAL | PONG, "ping", 4); }

static void test_silent_clients(jsrun_runtime *runtime) {
    jsrun_target_options options = {
        .limits = {.ping_milliseconds = 100, .silence_milliseconds = 400}};
    jsrun_target *target = test_target_with(runtime, options);

    /* One that does not answer is given up, and not before its time is over. */
    int fd = ws_open(target);
    expect_ping(fd);
    double start = seconds();
    ws_message message = ws_read_any(fd, false);
    assert(message.opcode == -1);
    assert(seconds() - start > 0.2);
    close(fd);
    jsrun_target_free(target);

    /* One that answers is not. */
    options.limits.silence_milliseconds = 2000;
    target = test_target_with(runtime, options);
    fd = ws_open(target);
    start = seconds();
    while (seconds() - start < 3) {
        expect_ping(fd);
        send_pong(fd);
    }
    ws_round_trip(fd, 1);
    close(fd);
    jsrun_target_free(target);
}

typedef struct server {
    pid_t process;
    int input,
        output; /* pipes: it ends when the one to it is closed; it has written its port and path */
    uint16_t port;
    char path[100];
} server;

/* A process of its own, because that can be stopped. Call it before this process has more threads.
 * */
static void server_start(server *self, jsrun_target_options options) {
    int to[2], from[2];
    assert(pipe(to) == 0 && pipe(from) == 0);
    self->process = fork();
    assert(self->process >= 0);
    if (self->process > 0) {
        close(to[0]), close(from[1]);
        self->input = to[1], self->output = from[0];
        char line[120] = {0};
        assert(read(self->output, line, sizeof(line) - 1) > 0);
        assert(sscanf(line, "%hu %99s", &self->port, self->path) == 2);
        return;
    }
    close(to[1]), close(from[0]);
    jsrun_runtime *runtime = test_runtime();
    jsrun_target *target = test_target_with(runtime, options);
    dprintf(from[1], "%u %s\n", port_of(target), path_of(target));
    char end;
    while (read(to[0], &end, 1) > 0) continue;
    jsrun_target_free(target);
    test_runtime_end(runtime);
    exit(0);
}

static void server_finish(server *self) {
    int status;
    close(self->input), close(self->output);
    assert(waitpid(self->process, &status, 0) == self->process && status == 0);
}

static void server_pause(server *self, long milliseconds) {
    int status;
    kill(self->process, SIGSTOP);
    assert(waitpid(self->process, &status, WUNTRACED) == self->process && WIFSTOPPED(status));
    milliseconds_pass(milliseconds);
    kill(self->process, SIGCONT);
}

/* As by Ctrl-Z, or in a frozen container. The client was not silent. */
static void test_a_server_that_was_stopped(void) {
    server server;
    server_start(&server, (jsrun_target_options){
                              .limits = {.ping_milliseconds = 500, .silence_milliseconds = 2500}});
    for (int answered = 0; answered < 2; answered++) {
        int fd = must_connect(server.port);
        assert(ws_handshake(fd, server.path, "Host: localhost\r\n") == 101);
        if (answered) expect_ping(fd);
        if (answered) send_pong(fd); /* which it may not have read before */
        server_pause(&server, 3000);
        expect_ping(fd);
        send_pong(fd);
        ws_round_trip(fd, 1);
        close(fd);
    }
    server_finish(&server);
}

static void test_the_runtime_closes(void) {
    jsrun_runtime *keeper = test_runtime();
    jsrun_target *kept = test_target(keeper, 0);
    for (int with_other = 0; with_other < 2; with_other++) {
        jsrun_runtime *runtime = test_runtime();
        jsrun_target *target = test_target(runtime, with_other ? port_of(kept) : 0);
        int one = ws_open(target), two = ws_open(target), other = ws_open(kept);
        ws_round_trip(one, 1);
        if (with_other)
            jsrun_runtime_close(runtime);
        else
            jsrun_target_close(target);
        assert(ws_read_close(one) == 1001);
        assert(ws_read_close(two) == 1001);
        ws_round_trip(other, 2);
        close(one), close(two), close(other);
        int fd = try_connect(port_of(target));
        assert(with_other ? ws_handshake(fd, path_of(target), "Host: localhost\r\n") == 404
                          : fd == -1);
        if (fd != -1) close(fd);
        jsrun_target_free(target);
        test_runtime_end(runtime);
    }
    jsrun_target_free(kept);
    test_runtime_end(keeper);
}

/* The very last target: the frame is sent although nothing is left to serve. */
static void test_the_last_target_closes(jsrun_runtime *runtime) {
    jsrun_target *target = test_target(runtime, 0);
    int fd = ws_open(target);
    ws_round_trip(fd, 1);
    double start = seconds();
    jsrun_target_close(target); /* the client cannot answer before this returns */
    double took = seconds() - start;
    assert(took < 2);
    assert(ws_read_close(fd) == 1001);
    close(fd);
    jsrun_target_free(target);
}

static const char flood[] = "for (let i = 0; i < 2000; i++) console.log('x'.repeat(50000))";

/* A client that does not read holds up its runtime, takes no memory, and can be closed. */
static void test_a_client_that_does_not_read(jsrun_runtime *runtime) {
    for (int way = 0; way < 3; way++) {
        jsrun_target_options options = {.limits.outbound_bytes = MIB};
        jsrun_target *target = test_target_with(runtime, options);
        int fd = ws_open(target);
        ws_send(fd, "{\"id\":1,\"method\":\"Runtime.enable\"}");
        ws_evaluate(fd, 2, flood);
        milliseconds_pass(300);
        if (way == 0) { /* it reads in the end */
            ws_message answer = ws_read_until(fd, "\"id\":2,");
            free(answer.data);
            ws_round_trip(fd, 3);
        }
        if (way == 1) /* it leaves */
            close(fd);
        double start = seconds();
        jsrun_target_free(target);
        double took = seconds() - start;
        assert(took < 2);
        if (way != 1) close(fd);
    }
}

/* A client that sends faster than it is answered is read only as fast as it is answered. */
static void test_a_client_that_floods(jsrun_runtime *runtime) {
    jsrun_target_options options = {.limits = {.inbound_bytes = 50000, .ping_milliseconds = 50}};
    jsrun_target *target = test_target_with(runtime, options);
    int fd = ws_open(target);
    char padded[2000];
    for (int i = 0; i < 2000; i++) {
        int length = snprintf(padded, sizeof(padded),
                              "{\"id\":%d,\"method\":\"Runtime.evaluate\",\"params\":{"
                              "\"expression\":\"1\",\"nothing\":\"%01500d\"}}",
                              i, 0);
        bool sent = ws_send_frame(fd, FINAL | TEXT, padded, (size_t)length);
        assert(sent);
    }
    ws_message answer = ws_read_until(fd, "\"id\":1999,");
    free(answer.data);
    close(fd);
    jsrun_target_free(target);
}

static void test_too_many_clients(jsrun_runtime *runtime) {
    enum { ALLOWED = 256 };
    jsrun_target *target = test_target(runtime, 0);
    int fds[ALLOWED];
    for (int i = 0; i < ALLOWED; i++) fds[i] = ws_open(target);
    int fd = must_connect(port_of(target));
    assert(ws_handshake(fd, path_of(target), "Host: localhost\r\n") == 503);
    close(fd);
    ws_round_trip(fds[ALLOWED - 1], 1);
    close(fds[0]);
    double deadline = seconds() + CLIENT_SECONDS;
    for (int status = 0; status != 101;) { /* until the server has noticed that */
        fd = must_connect(port_of(target));
        status = ws_handshake(fd, path_of(target), "Host: localhost\r\n");
        if (status != 101) close(fd);
        assert(seconds() < deadline);
    }
    ws_round_trip(fd, 1);
    close(fd);
    for (int i = 1; i < ALLOWED; i++) close(fds[i]);
    jsrun_target_free(target);
}

int main(void) {
    test_a_server_that_was_stopped();
    jsrun_runtime *runtime = test_runtime();
    test_handshakes(runtime);
    test_messages(runtime);
    test_violations(runtime);
    test_silent_clients(runtime);
    test_the_runtime_closes();
    test_the_last_target_closes(runtime);
    test_a_client_that_does_not_read(runtime);
    test_a_client_that_floods(runtime);
    test_too_many_clients(runtime);
    test_runtime_end(runtime);
    return 0;
}
