/* docs/examples/embed.c as a program of its own: its output, its exit status, and a debugger that
 * steps through its script over a socket. */
#include <sys/wait.h>

#include "inspector_client.h"

/* The program's path and the folder of its script come from the build. */
static const char embed[] = EMBED;
static const char script[] = EXAMPLES "/embed.js";

static void make_file(char *path, const char *text) {
    strcpy(path, "/tmp/embed_test.XXXXXX");
    int fd = mkstemp(path);
    assert(fd >= 0);
    assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

typedef struct program {
    pid_t process;
    FILE *out; /* stdout and stderr of it */
    FILE *errors;
} program;

static program start(char **arguments) {
    int out[2], errors[2];
    assert(pipe(out) == 0 && pipe(errors) == 0);
    pid_t process = fork();
    assert(process >= 0);
    if (process == 0) {
        dup2(out[1], STDOUT_FILENO);
        dup2(errors[1], STDERR_FILENO);
        for (int i = 0; i < 2; i++) {
            close(out[i]);
            close(errors[i]);
        }
        execv(embed, arguments);
        _exit(127);
    }
    close(out[1]);
    close(errors[1]);
    return (program){process, fdopen(out[0], "r"), fdopen(errors[0], "r")};
}

/* Both expect all that the program still prints, which is little, to have these parts. */
static void expect_end(program *self, int exit_status, const char *out, const char *errors) {
    char printed[4096], complained[4096];
    printed[fread(printed, 1, sizeof printed - 1, self->out)] = '\0';
    complained[fread(complained, 1, sizeof complained - 1, self->errors)] = '\0';
    int status;
    assert(waitpid(self->process, &status, 0) == self->process);
    bool as_expected = WIFEXITED(status) && WEXITSTATUS(status) == exit_status &&
                       strstr(printed, out) && strstr(complained, errors);
    if (!as_expected)
        fprintf(stderr, "status %x\nprinted: %s\ncomplained: %s\n", status, printed, complained);
    assert(as_expected);
    fclose(self->out);
    fclose(self->errors);
}

/* Runs a script of this text. */
static void expect(const char *source, int exit_status, const char *out, const char *errors) {
    char path[64];
    make_file(path, source);
    char *arguments[] = {(char *)embed, path, "one", "two \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
                         NULL};
    program program = start(arguments);
    expect_end(&program, exit_status, out, errors);
    unlink(path);
}

static void test_scripts(void) {
    expect("console.log(args, typeof readText)", 0,
           "[ 'one', 'two \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80' ] function\n", "");
    expect("setTimeout(() => console.log('later'), 5); new Promise(r => setTimeout(r, 10))", 0,
           "later\n", "");
    expect("function f() {\n  throw new TypeError('no')\n}\nf()", 1, "",
           ":2: TypeError: no\n    at f");
    expect("Promise.reject(new RangeError('late'))", 1, "", "RangeError: late");
    expect("queueMicrotask(() => { throw Error('unseen') }); 0", 1, "", "Error: unseen");
    expect("new Promise(() => {})", 1, "", "embed: the promise is still pending");
    expect("let x = ;", 1, "", ":1: SyntaxError: Unexpected token ';'");
    expect("const kept = []; for (;;) kept.push(new Array(1e6).fill(1))", 1, "", "embed: ");
}

static void test_function(void) {
    expect("try { readText(1) } catch (error) { console.log(`${error}`) }", 0,
           "TypeError: readText(path): the path must be a string", "");
    expect("readText('/none')", 1, "", "Error: No such file or directory");
    expect("readText('/')", 1, "", "Error: Is a directory");
    expect("const text = readText('/proc/self/cmdline'); console.log(text.includes('embed'))", 0,
           "true\n", "");
}

static void test_arguments(void) {
    program none = start((char *[]){(char *)embed, NULL});
    expect_end(&none, 2, "", "usage: ");
    program missing = start((char *[]){(char *)embed, "/none", NULL});
    expect_end(&missing, 2, "", "embed: /none: No such file or directory");
}

/* --- a debugger ------------------------------------------------------------------------------- */

/* Connects to the runtime by the URL that the program has printed. */
static int attach(FILE *errors) {
    char line[512] = "";
    char path[256];
    unsigned port = 0;
    while (fgets(line, sizeof line, errors))
        if (sscanf(line, "other debuggers: ws://127.0.0.1:%u%255s", &port, path) == 2) break;
    assert(port);
    int fd = must_connect((uint16_t)port);
    assert(ws_handshake(fd, path, "Host: localhost\r\n") == 101);
    return fd;
}

static void expect_message(int fd, const char *part) {
    ws_message message = ws_read_until(fd, part);
    free(message.data);
}

/* Stops with a call frame; *id, of `size` bytes, becomes its id. */
static void expect_pause(int fd, const char *function, char *id, size_t size) {
    char part[128];
    ws_message message = ws_read_until(fd, "\"Debugger.paused\"");
    snprintf(part, sizeof part, "\"functionName\":\"%s\"", function);
    assert(strstr(message.data, part));
    const char *found = strstr(message.data, "\"callFrameId\":\"");
    assert(found);
    found += strlen("\"callFrameId\":\"");
    snprintf(id, size, "%.*s", (int)strcspn(found, "\""), found);
    free(message.data);
}

static void send_request(int fd, int id, const char *method, const char *parameters) {
    char request[512];
    snprintf(request, sizeof request, "{\"id\":%d,\"method\":\"%s\",\"params\":{%s}}", id, method,
             parameters);
    assert(ws_send(fd, request));
}

static void test_stepping(void) {
    char frame[128], parameters[256], path[64];
    make_file(path, "step by step by step");
    program program = start((char *[]){(char *)embed, "--inspect", (char *)script, path, NULL});
    int fd = attach(program.errors);
    send_request(fd, 1, "Debugger.enable", "");
    send_request(fd, 2, "Debugger.setBreakpointByUrl",
                 "\"lineNumber\":4,\"urlRegex\":\"embed\\\\.js$\"");
    expect_message(fd, "\"breakpointId\"");
    send_request(fd, 3, "Runtime.runIfWaitingForDebugger", "");
    expect_pause(fd, "", frame, sizeof frame); /* the first statement */
    send_request(fd, 4, "Debugger.resume", "");
    expect_pause(fd, "mostFrequent", frame, sizeof frame);
    snprintf(parameters, sizeof parameters,
             "\"callFrameId\":\"%s\",\"expression\":\"counts.get('step')\"", frame);
    send_request(fd, 5, "Debugger.evaluateOnCallFrame", parameters);
    expect_message(fd, "\"value\":3");
    send_request(fd, 6, "Debugger.stepOut", "");
    expect_pause(fd, "main", frame, sizeof frame);
    send_request(fd, 7, "Debugger.disable", "");
    expect_end(&program, 0, "Map(2) { 'step' => 3, 'by' => 2 }\n", "");
    assert(ws_read_close(fd) == 1001);
    close(fd);
    unlink(path);
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    test_scripts();
    test_function();
    test_arguments();
    test_stepping();
    return 0;
}
