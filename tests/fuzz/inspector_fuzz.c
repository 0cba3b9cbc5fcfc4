/* A fuzzer (libFuzzer) of everything that a client can send to the DevTools server, which
 * `make fuzz` runs.
 *
 * An input is one client. Its first line says how far the client behaves well, and the rest is
 * what it sends from there.
 *
 *   http     bytes, instead of a request
 *   frames   bytes, after the handshake of a WebSocket
 *   idle     messages, one a line, to a runtime that has nothing to do
 *   paused   the same, to a runtime that is stopped at a breakpoint with locals of many kinds
 *   waiting  the same, to a runtime that waits for its debugger
 *
 * Ids of objects start with a random number. In the messages to a paused runtime it is written "@".
 *
 * In any case the server must go on serving others, the client's connection must end, and closing
 * the runtime must work. Any wait that takes too long is a failed assertion. */
#include "inspector_client.h"
#include "jsrun/execute.h"
#include "jsrun/value.h"

enum { MESSAGES_MAX = 64, QUIET_SECONDS = 2, INPUTS_PER_RUNTIME = 500 };

static const char script[] =
    "function inner(number, text, object) {\n"
    "  const list = [1, 2, 3], map = new Map([['key', object]]), error = new TypeError('bad');\n"
    "  let closure = () => list.length + number;\n"
    "  debugger;\n"
    "  for (let i = 0; i < 3; i++) number += closure();\n"
    "  return number;\n"
    "}\n"
    "async function outer() {\n"
    "  await null;\n"
    "  try { inner(1, 'text', {get getter() { return 1; }, [Symbol('s')]: 2n}); }\n"
    "  finally { console.log('done', [1], {a: 1}, new Error('e')); }\n"
    "}\n"
    "outer();\n";

/* --- the runtime ------------------------------------------------------------------------------ */

static jsrun_runtime *fuzzed_runtime(bool waiting) {
    return test_runtime_with(
        (jsrun_runtime_options){.heap_limit = 64 << 20, .wait_for_debugger = waiting});
}

static void run_script(jsrun_entry *entry, void *data) {
    (void)data;
    jsrun_value result;
    jsrun_evaluate(entry, jsrun_string_text(entry, script), jsrun_string_text(entry, "app.js"),
                   &result);
}

static void script_cancelled(void *data, jsrun_status why) { (void)data, (void)why; }

static void start_script(jsrun_runtime *runtime) {
    jsrun_status status = jsrun_post(runtime, run_script, script_cancelled, NULL);
    assert(status == JSRUN_OK);
}

/* --- the client ------------------------------------------------------------------------------- */

/* Reads until the other side closes. */
static void read_to_end(int fd) {
    char buffer[1 << 16];
    ssize_t received;
    while ((received = recv(fd, buffer, sizeof buffer, 0)) > 0) continue;
    assert(received == 0 || errno != EAGAIN); /* the connection has to end */
}

/* Sends bytes and the end of the stream, and expects that the server ends the connection. */
static void send_all(int fd, const uint8_t *data, size_t size) {
    try_send(fd, data, size);
    shutdown(fd, SHUT_WR);
    read_to_end(fd);
    close(fd);
}

/* Reads this many bytes. False: the connection has ended, or nothing has come for a while. */
static bool receive(int fd, void *data, size_t length) {
    return recv(fd, data, length, MSG_WAITALL) == (ssize_t)length;
}

/* Reads frames until one has `part`, the server closes, or nothing has come for a while: the client
 * may have made JavaScript loop. */
static void read_while_there_is(int fd, const char *part) {
    static char payload[1 << 17];
    struct timeval patience = {.tv_sec = QUIET_SECONDS};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    for (;;) {
        unsigned char head[2], more[8];
        if (!receive(fd, head, 2) || (head[0] & 15) == CLOSE) return;
        size_t length = head[1], bytes = length < 126 ? 0 : length == 126 ? 2 : 8;
        if (bytes) length = 0;
        if (!receive(fd, more, bytes)) return;
        for (size_t i = 0; i < bytes; i++) length = length << 8 | more[i];
        assert(length <= sizeof payload);
        if (!receive(fd, payload, length) || memmem(payload, length, part, strlen(part))) return;
    }
}

/* Sends a message, with "@." replaced by the number at the start of ids of objects. */
static bool send_message(int fd, const uint8_t *data, size_t size, const char *number) {
    static char message[1 << 20];
    size_t length = 0, number_length = strlen(number);
    for (size_t i = 0; i < size && length + number_length < sizeof message; i++) {
        if (data[i] == '@' && i + 1 < size && data[i + 1] == '.') {
            memcpy(message + length, number, number_length);
            length += number_length;
        } else {
            message[length++] = (char)data[i];
        }
    }
    return ws_send_frame(fd, FINAL | TEXT, message, length);
}

static void send_messages(int fd, const uint8_t *data, size_t size, const char *number) {
    const uint8_t *end = data + size;
    for (int count = 0; data < end && count < MESSAGES_MAX; count++) {
        const uint8_t *line_end = memchr(data, '\n', (size_t)(end - data));
        if (!line_end) line_end = end;
        if (!send_message(fd, data, (size_t)(line_end - data), number)) return;
        data = line_end + 1;
    }
    ws_send(fd, "{\"id\":2147483647,\"method\":\"Schema.getDomains\"}");
    read_while_there_is(fd, "\"id\":2147483647");
}

static void talk(const char *state, const uint8_t *data, size_t size) {
    bool waiting = strcmp(state, "waiting") == 0;
    char number[32] = "";
    jsrun_runtime *runtime = fuzzed_runtime(waiting);
    jsrun_target *target = test_target(runtime, 0);
    int fd = ws_open(target);
    if (waiting) start_script(runtime);
    if (strcmp(state, "paused") == 0) {
        ws_send(fd, "{\"id\":1,\"method\":\"Debugger.enable\"}");
        ws_send(fd, "{\"id\":2,\"method\":\"Runtime.enable\"}");
        free(ws_read_until(fd, "\"id\":2,").data);
        start_script(runtime);
        ws_message paused = ws_read_until(fd, "Debugger.paused");
        const char *id = strstr(paused.data, "\"objectId\":\"");
        assert(id);
        sscanf(id, "\"objectId\":\"%31[-0-9]", number);
        free(paused.data);
    }
    send_messages(fd, data, size, number);
    free(http_get(port_of(target), "/json/list"));
    close(fd);
    jsrun_runtime_close(runtime);
    jsrun_target_free(target);
    jsrun_runtime_release(runtime);
}

/* --- inputs ----------------------------------------------------------------------------------- */

/* The runtime for raw bytes: one for many inputs. */
static jsrun_runtime *steady_runtime;
static jsrun_target *steady_target;

static void use_steady_target(void) {
    static int inputs;
    if (steady_target && ++inputs % INPUTS_PER_RUNTIME == 0) {
        jsrun_runtime_close(steady_runtime);
        jsrun_target_free(steady_target);
        jsrun_runtime_release(steady_runtime);
        steady_target = NULL;
    }
    if (steady_target) return;
    steady_runtime = fuzzed_runtime(false);
    steady_target = test_target(steady_runtime, 0);
}

static void send_bytes(bool handshake, const uint8_t *data, size_t size) {
    use_steady_target();
    send_all(handshake ? ws_open(steady_target) : must_connect(port_of(steady_target)), data, size);
    free(http_get(port_of(steady_target), "/json/list"));
}

/* V8 dies of an int3, which libFuzzer does not know. */
static void trapped(int number) {
    (void)number;
    abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    signal(SIGTRAP, trapped);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const states[] = {"http", "frames", "idle", "paused", "waiting"};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        size_t length = strlen(states[i]);
        if (size <= length || memcmp(data, states[i], length) != 0 || data[length] != '\n')
            continue;
        data += length + 1;
        size -= length + 1;
        if (i < 2)
            send_bytes(i == 1, data, size);
        else
            talk(states[i], data, size);
        return 0;
    }
    return -1; /* libFuzzer does not keep the input */
}
