/* Runs a script: embed [--inspect] script.js [argument...]
 *
 * Scripts have `console`, timers, the arguments as `args`, and one function of this program,
 * readText(path). With --inspect the script waits for Chrome DevTools and stops at its first
 * statement. docs/embedding-in-c.md explains this program. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jsrun/execute.h"
#include "jsrun/inspector.h"
#include "jsrun/promise.h"
#include "jsrun/runtime.h"
#include "jsrun/value.h"

/* The numbers by which the library calls the functions of this program. */
enum { LOG = 1, READ_TEXT = 2 };

static void print(FILE *file, jsrun_entry *entry, jsrun_value string) {
    char *text = jsrun_string_to_utf8(entry, string, NULL);
    fprintf(file, "%s\n", text ? text : "(out of memory)");
    free(text);
}

/* The text of a file, from malloc(). NULL: errno says why. */
static char *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    char *text = NULL;
    size_t size = 0, room = 0;
    do {
        room = room * 2 + 4096;
        char *grown = realloc(text, room + 1);
        if (!grown) goto failed;
        text = grown;
        size += fread(text + size, 1, room - size, file);
    } while (size == room);
    if (ferror(file)) goto failed;
    fclose(file);
    text[size] = 0;
    return text;

failed:;
    int error = errno;
    free(text);
    fclose(file);
    errno = error;
    return NULL;
}

/* --- the functions that scripts call ---------------------------------------------------------- */

typedef struct reading {
    char *path;
    char *text; /* NULL: `error` says why */
    int error;
} reading;

static void throw_error(jsrun_entry *entry, jsrun_call_info *info, const char *name,
                        const char *message) {
    info->result =
        jsrun_error(entry, jsrun_string_text(entry, name), jsrun_string_text(entry, message));
    info->is_exception = true;
}

/* First step, inside the isolate: turns the arguments into data of this program's. */
static void *prepare(void *data, jsrun_entry *entry, jsrun_call_info *info) {
    (void)data;
    if (info->function == LOG) { /* console.log and its like: a level and a text */
        print(stdout, entry, info->arguments[1]);
        return NULL; /* this is all: the other two steps are left out */
    }
    if (info->argument_count == 0 || !jsrun_is_string(info->arguments[0])) {
        throw_error(entry, info, "TypeError", "readText(path): the path must be a string");
        return NULL;
    }
    reading *call = calloc(1, sizeof *call);
    if (call) call->path = jsrun_string_to_utf8(entry, info->arguments[0], NULL);
    if (call && call->path) return call;
    free(call);
    throw_error(entry, info, "Error", "out of memory");
    return NULL;
}

/* Second step: does the work, and touches no JavaScript. Debuggers are answered meanwhile. */
static void perform(void *data, void *prepared) {
    reading *call = prepared;
    (void)data;
    call->text = read_file(call->path);
    call->error = call->text ? 0 : errno;
}

/* Third step, inside the isolate again: turns the outcome into a JavaScript value. */
static void finish(void *data, jsrun_entry *entry, void *prepared, jsrun_call_info *info) {
    reading *call = prepared;
    (void)data;
    if (!call->text)
        throw_error(entry, info, "Error", strerror(call->error));
    else if (!(info->result = jsrun_string_text(entry, call->text)))
        throw_error(entry, info, "RangeError", "the text is too long");
    free(call->text);
    free(call->path);
    free(call);
}

/* --- the script ------------------------------------------------------------------------------- */

typedef struct script {
    const char *name;
    const char *source;
    char **arguments; /* up to NULL */
    jsrun_status status;
    jsrun_wait *wait;     /* for the promise that the script came to, if that was pending */
    jsrun_handle promise; /* that promise */
} script;

static void print_exception(jsrun_entry *entry) {
    const jsrun_exception *exception = jsrun_entry_exception(entry);
    if (exception->location.line_number && exception->location.file_name) {
        char *file = jsrun_string_to_utf8(entry, exception->location.file_name, NULL);
        fprintf(stderr, "%s:%d: ", file ? file : "?", exception->location.line_number);
        free(file);
    }
    print(stderr, entry, exception->stack ? exception->stack : exception->message);
}

/* A timer threw, or a promise was rejected that no script handles. */
static void uncaught(void *data, jsrun_entry *entry) {
    bool *failed = data;
    *failed = true;
    print_exception(entry);
}

static void define(jsrun_entry *entry, const char *name, jsrun_value value) {
    jsrun_object_define(entry, jsrun_global(entry), jsrun_string_text(entry, name), value);
}

static jsrun_value array_of_texts(jsrun_entry *entry, char **texts) {
    jsrun_value array = jsrun_array(entry, 0);
    for (uint32_t i = 0; texts[i]; i++)
        jsrun_array_set(entry, array, i, jsrun_string_text(entry, texts[i]));
    return array;
}

/* A job: binds what scripts may use, and runs the script. */
static void run_script(jsrun_entry *entry, void *data) {
    script *self = data;
    jsrun_value source = jsrun_string_text(entry, self->source), result = NULL;
    bool pending = false;
    if (!source) {
        self->status = JSRUN_NO_MEMORY;
        return;
    }
    define(entry, "args", array_of_texts(entry, self->arguments));
    define(entry, "readText",
           jsrun_host_function_new(entry, READ_TEXT, jsrun_string_text(entry, "readText")));
    self->status = jsrun_evaluate(entry, source, jsrun_string_text(entry, self->name), &result);
    if (self->status == JSRUN_OK) self->status = jsrun_settle(entry, result, &pending, &result);
    if (pending) {
        self->promise = jsrun_handle_new(entry, result); /* a value ends with its job */
        self->status = jsrun_wait_start(entry, result, &self->wait);
    }
    if (self->status == JSRUN_EXCEPTION) print_exception(entry);
}

/* A job: looks at what the promise came to. */
static void settle_script(jsrun_entry *entry, void *data) {
    script *self = data;
    bool pending = false;
    jsrun_value result = jsrun_handle_get(entry, self->promise);
    self->status = jsrun_settle(entry, result, &pending, &result);
    if (self->status == JSRUN_EXCEPTION) print_exception(entry);
}

/* Returns when the script has ended and the promise that it came to, if any, is settled. */
static jsrun_status run(jsrun_runtime *runtime, script *self) {
    jsrun_status status = jsrun_run(runtime, run_script, self);
    if (status == JSRUN_OK && self->wait) {
        status = jsrun_wait_finish(runtime, self->wait, NULL, true);
        if (status == JSRUN_OK) status = jsrun_run(runtime, settle_script, self);
    }
    return status == JSRUN_OK ? self->status : status;
}

/* --- the program ------------------------------------------------------------------------------ */

/* Lets debuggers attach, at any free port of this machine. */
static jsrun_target *open_inspector(jsrun_runtime *runtime, const char *title) {
    jsrun_target_options options = {.title = title};
    jsrun_target *target = NULL;
    char error[256];
    if (!jsrun_target_open(runtime, &options, &target, error, sizeof error)) {
        fprintf(stderr, "embed: %s\n", error);
        return NULL;
    }
    const jsrun_target_info *info = jsrun_target_info_of(target);
    fprintf(stderr, "open in Chrome: %s\n", info->devtools_frontend_url);
    fprintf(stderr, "other debuggers: %s\n", info->websocket_url);
    return target;
}

/* Returns the exit status of the program. */
static int run_file(script *script, bool inspect) {
    bool failed = false;
    jsrun_host host = {.data = &failed,
                       .prepare = prepare,
                       .perform = perform,
                       .finish = finish,
                       .uncaught = uncaught};
    jsrun_runtime_options options = {.host = &host,
                                     .heap_limit = (size_t)256 << 20,
                                     .console = true,
                                     .console_function = LOG,
                                     .break_on_start = inspect};
    jsrun_runtime *runtime = NULL;
    jsrun_target *target = NULL;
    jsrun_status status = jsrun_runtime_new(&options, &runtime);
    if (status != JSRUN_OK) goto end;
    if (inspect && !(target = open_inspector(runtime, script->name)))
        failed = true;
    else
        status = run(runtime, script);
    jsrun_runtime_close(runtime);
    jsrun_target_free(target);
    jsrun_runtime_release(runtime);
end:
    if (status != JSRUN_OK && status != JSRUN_EXCEPTION)
        fprintf(stderr, "embed: %s\n", jsrun_status_text(status));
    return failed || status != JSRUN_OK;
}

int main(int count, char **arguments) {
    bool inspect = count > 1 && strcmp(arguments[1], "--inspect") == 0;
    if (count < 2 + inspect) {
        fprintf(stderr, "usage: %s [--inspect] script.js [argument...]\n", arguments[0]);
        return 2;
    }
    const char *path = arguments[1 + inspect];
    char *source = read_file(path);
    if (!source) {
        fprintf(stderr, "embed: %s: %s\n", path, strerror(errno));
        return 2;
    }
    script script = {.name = path, .source = source, .arguments = arguments + 2 + inspect};
    int exit_status = run_file(&script, inspect);
    free(source);
    return exit_status;
}
