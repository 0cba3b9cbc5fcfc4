/* Endpoints: answers, refusals, and how targets share an endpoint. */
#include "inspector_client.h"

static void expect_status(uint16_t port, const char *request, int status) {
    char *answer = http_raw(port, request);
    if (!answer || status_of(answer) != status) {
        fprintf(stderr, "%.200s\ngot: %.200s\n", request, answer ? answer : "nothing");
        abort();
    }
    free(answer);
}

static void test_answers(jsrun_runtime *runtime) {
    char line[600];
    jsrun_target_options options = {.title = "A <b>\"title\"</b> & more",
                                    .description = "a description",
                                    .target_url = "file:///a.js",
                                    .favicon_url = "https://example.org/icon"};
    jsrun_target *target = test_target_with(runtime, options);
    const jsrun_target_info *info = jsrun_target_info_of(target);
    uint16_t port = info->port;

    assert(port != 0 && strlen(info->id) == 36 && strcmp(info->host, "127.0.0.1") == 0);
    snprintf(line, sizeof(line), "ws://127.0.0.1:%u/ws/%s", port, info->id);
    assert(strcmp(info->websocket_url, line) == 0);
    snprintf(line, sizeof(line),
             "devtools://devtools/bundled/js_app.html?v8only=true&ws="
             "127.0.0.1:%u/ws/%s",
             port, info->id);
    assert(strcmp(info->devtools_frontend_url, line) == 0);

    static const char *const lists[] = {"/json", "/json/", "/json/list", "/json/list?for_tab"};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        char *answer = http_get(port, lists[i]);
        assert(status_of(answer) == 200);
        assert(strstr(answer, "\r\nContent-Type: application/json; charset=UTF-8\r\n"));
        assert(strstr(answer, "\r\nCache-Control: no-cache\r\n"));
        assert(strstr(body_of(answer), "\"A <b>\\\"title\\\"</b> & more\""));
        assert(strstr(body_of(answer), "\"a description\""));
        assert(strstr(body_of(answer), "\"file:///a.js\""));
        assert(strstr(body_of(answer), "\"https://example.org/icon\""));
        assert(strstr(body_of(answer), "\"node\""));
        assert(strstr(body_of(answer), info->devtools_frontend_url));
        snprintf(line, sizeof(line), "\"%s\"", info->websocket_url);
        assert(strstr(body_of(answer), line));
        assert(occurrences(body_of(answer), info->id) == 4);
        free(answer);
    }

    char *answer = http_get(port, "/json/version");
    assert(strstr(answer, "\"jsrun/") && strstr(answer, jsrun_v8_version()));
    assert(strstr(answer, "\"1.3\"") && strstr(answer, "webSocketDebuggerUrl"));
    free(answer);

    answer = http_get(port, "/json/protocol");
    assert(status_of(answer) == 200 && strstr(body_of(answer), "\"domains\""));
    free(answer);

    answer = http_get(port, "/");
    assert(strstr(answer, "\r\nContent-Type: text/html; charset=UTF-8\r\n"));
    assert(strstr(body_of(answer), "A &lt;b&gt;&quot;title&quot;&lt;/b&gt; &amp; more"));
    assert(!strstr(body_of(answer), "<b>\""));
    snprintf(line, sizeof(line), "v8only=true&amp;ws=127.0.0.1:%u/ws/%s", port, info->id);
    assert(strstr(body_of(answer), line));
    free(answer);

    /* URLs have the host that the client used. */
    answer = http_raw(port, "GET /json HTTP/1.1\r\nHost: forwarded.localhost:1234\r\n\r\n");
    snprintf(line, sizeof(line), "\"ws://forwarded.localhost:1234/ws/%s\"", info->id);
    assert(strstr(answer, line));
    free(answer);
    answer = http_raw(port, "GET /json HTTP/1.0\r\n\r\n");
    snprintf(line, sizeof(line), "\"%s\"", info->websocket_url);
    assert(strstr(answer, line));
    free(answer);

    answer = http_raw(port, "HEAD /json/version HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert(status_of(answer) == 200 && strstr(answer, "\r\nContent-Length: "));
    assert(!strstr(answer, "Content-Length: 0\r\n"));
    free(answer);

    jsrun_target_free(target);
}

static void test_refusals(jsrun_runtime *runtime) {
    jsrun_target *target = test_target(runtime, 0);
    uint16_t port = port_of(target);
    char request[70000];

    expect_status(port, "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", 404);
    expect_status(port, "GET /json/listing HTTP/1.1\r\nHost: localhost\r\n\r\n", 404);
    /* A path without a handshake is not a WebSocket. */
    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n",
             path_of(target));
    expect_status(port, request, 404);

    static const char *const methods[] = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        snprintf(request, sizeof(request),
                 "%s /json HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", methods[i]);
        expect_status(port, request, 405);
    }
    expect_status(port, "POST /json HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc",
                  405);

    expect_status(port, "GET /json HTTP/1.1\r\nHost: evil.com\r\n\r\n", 403);
    expect_status(port, "GET / HTTP/1.1\r\nHost: localhost.evil.com\r\n\r\n", 403);
    expect_status(port, "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.com\r\n\r\n", 403);
    expect_status(port, "GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n\r\n", 403);
    expect_status(port, "GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n\r\n",
                  403);
    expect_status(port, "GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: devtools://devtools\r\n\r\n",
                  200);

    /* HTTP/2 is not supported, and a request for it does no harm. */
    expect_status(port,
                  "GET /json/version HTTP/1.1\r\nHost: localhost\r\n"
                  "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                  "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n",
                  200);

    /* A malformed request gets an error or no answer. */
    int length = snprintf(request, sizeof(request), "GET / HTTP/1.1\r\nHost: localhost\r\nX: ");
    memset(request + length, 'x', sizeof(request) - (size_t)length);
    strcpy(request + sizeof(request) - 5, "\r\n\r\n");
    const char *const malformed[] = {
        request,
        "\r\n\r\n",
        "nonsense\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n\r\n",
        "CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET http://evil.com/json HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: something\r\nConnection: Upgrade\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\nX\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\nxx",
        "GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
        "GET /%00%ff/../..//json HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "\x16\x03\x01\x02\x01\x01\xfc\x03\x03\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        int fd = must_connect(port);
        char rest[4096];
        try_send(fd, malformed[i], strlen(malformed[i]));
        shutdown(fd, SHUT_WR);
        while (recv(fd, rest, sizeof(rest), 0) > 0) continue;
        close(fd);
        expect_status(port, "GET /json HTTP/1.1\r\nHost: localhost\r\n\r\n", 200);
    }
    jsrun_target_free(target);
}

static void test_one_connection_many_requests(jsrun_runtime *runtime) {
    static const char request[] = "GET /json/version HTTP/1.1\r\nHost: localhost\r\n\r\n";
    jsrun_target *target = test_target(runtime, 0);
    int fd = must_connect(port_of(target));
    for (int i = 0; i < 20; i++) {
        try_send(fd, request, sizeof(request) - 1);
        if (i % 2) /* two at a time */
            try_send(fd, request, sizeof(request) - 1);
        for (int j = 0; j <= i % 2; j++) {
            char *answer = read_answer(fd, true);
            assert(status_of(answer) == 200 && strstr(answer, "V8-Version"));
            free(answer);
        }
    }

    /* A long answer, read slowly. */
    static const char protocol[] = "GET /json/protocol HTTP/1.1\r\nHost: localhost\r\n\r\n";
    try_send(fd, protocol, sizeof(protocol) - 1);
    milliseconds_pass(200);
    char *answer = read_answer(fd, true);
    assert(status_of(answer) == 200);
    free(answer);
    close(fd);
    jsrun_target_free(target);
}

static void expect_failure(jsrun_runtime *runtime, const char *host, uint16_t port,
                           const char *part) {
    char error[256] = "";
    jsrun_target_options options = {.host = host, .port = port};
    jsrun_target *target = (jsrun_target *)error;
    bool opened = jsrun_target_open(runtime, &options, &target, error, sizeof(error));
    if (opened || target || !strstr(error, part)) {
        fprintf(stderr, "%s %u: %s\n", host, port, error);
        abort();
    }
}

static void test_failures(jsrun_runtime *runtime) {
    char part[100];
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int other = socket(AF_INET, SOCK_STREAM, 0);
    int failure = bind(other, (struct sockaddr *)&address, sizeof(address));
    assert(!failure);
    failure = listen(other, 1);
    assert(!failure);
    getsockname(other, (struct sockaddr *)&address, &length);
    uint16_t taken = ntohs(address.sin_port);

    snprintf(part, sizeof(part), "cannot listen on 127.0.0.1:%u: Address already in use", taken);
    expect_failure(runtime, "127.0.0.1", taken, part);
    snprintf(part, sizeof(part), "cannot listen on localhost:%u: Address already in use", taken);
    expect_failure(runtime, "localhost", taken, part);
    close(other);
    jsrun_target_free(test_target(runtime, taken));

    expect_failure(runtime, "0.0.0.0", 0, "0.0.0.0");
    expect_failure(runtime, "::", 0, "::");
    expect_failure(runtime, "192.0.2.1", 0, "192.0.2.1");
    expect_failure(runtime, "not a host", 0, "not a host");
    expect_failure(runtime, "", 0, "cannot listen on ");

    jsrun_runtime *closed = test_runtime();
    jsrun_runtime_close(closed);
    expect_failure(closed, NULL, 0, "closed");
    jsrun_runtime_release(closed);
}

static void test_remote(jsrun_runtime *runtime) {
    jsrun_target_options options = {.host = "0.0.0.0", .allow_remote = true};
    jsrun_target *target = test_target_with(runtime, options);
    char *answer = http_get(port_of(target), "/json");
    assert(strstr(answer, " 401 ") && !strstr(answer, "ws://"));
    free(answer);
    char path[256];
    const char *token = jsrun_target_info_of(target)->access_token;
    assert(token && strlen(token) == 64);
    snprintf(path, sizeof(path), "/json?access_token=%s", token);
    answer = http_get(port_of(target), path);
    assert(strstr(answer, "ws://127.0.0.1:") && strstr(answer, token));
    free(answer);
    jsrun_target_free(target);
}

static void test_sharing(jsrun_runtime *runtime) {
    jsrun_runtime *second = test_runtime(), *third = test_runtime();
    jsrun_target *one = test_target_with(runtime, (jsrun_target_options){.title = "first"});
    uint16_t port = port_of(one);
    jsrun_target_options options = {.title = "second", .port = port, .host = "localhost"};
    jsrun_target *two = test_target_with(second, options);
    jsrun_target *three = test_target(third, 0);
    assert(port_of(two) == port && port_of(three) != port);
    assert(strcmp(jsrun_target_info_of(one)->id, jsrun_target_info_of(two)->id) != 0);

    char *answer = http_get(port, "/json");
    const char *first = strstr(answer, "\"first\""), *next = strstr(answer, "\"second\"");
    assert(first && next && first < next);
    free(answer);
    answer = http_get(port_of(three), "/json");
    assert(occurrences(answer, "\"id\"") == 1);
    free(answer);

    /* A target of another endpoint is not reached through this one. */
    int fd = must_connect(port);
    assert(ws_handshake(fd, path_of(three), "Host: localhost\r\n") == 404);
    close(fd);

    jsrun_target_close(one);
    jsrun_target_close(one);
    assert(strcmp(jsrun_target_info_of(one)->title, "first") == 0);
    answer = http_get(port, "/json");
    assert(!strstr(answer, "\"first\"") && strstr(answer, "\"second\""));
    free(answer);

    /* A runtime that closes takes its target with it, and the last one the endpoint. */
    jsrun_runtime_close(second);
    assert(try_connect(port) == -1);
    jsrun_target_free(two);
    jsrun_target_free(one);

    /* The port can be had again at once. */
    for (int i = 0; i < 20; i++) {
        one = test_target(runtime, port);
        answer = http_get(port, "/json");
        assert(occurrences(answer, "\"id\"") == 1);
        free(answer);
        jsrun_target_free(one);
        assert(try_connect(port) == -1);
    }
    jsrun_target_free(three);
    test_runtime_end(second);
    test_runtime_end(third);
}

/* Asks for the list of targets until it is answered so: connections come and go in the server's own
 * time. */
static void await_status(uint16_t port, int status) {
    double deadline = seconds() + CLIENT_SECONDS;
    for (int found = 0; found != status;) {
        char *answer = http_get(port, "/json");
        found = status_of(answer);
        free(answer);
        assert(seconds() < deadline);
    }
}

static void test_too_many_connections(jsrun_runtime *runtime) {
    enum { ALLOWED = 384 };
    jsrun_target *target = test_target(runtime, 0);
    int fds[ALLOWED];
    for (int i = 0; i < ALLOWED; i++) fds[i] = must_connect(port_of(target));
    await_status(port_of(target), 503);
    close(fds[0]);
    await_status(port_of(target), 200);
    for (int i = 1; i < ALLOWED; i++) close(fds[i]);
    jsrun_target_free(target);
}

int main(void) {
    jsrun_runtime *runtime = test_runtime();
    test_answers(runtime);
    test_refusals(runtime);
    test_one_connection_many_requests(runtime);
    test_failures(runtime);
    test_remote(runtime);
    test_sharing(runtime);
    test_too_many_connections(runtime);
    test_runtime_end(runtime);
    return 0;
}
