/* Our C code without memory or threads: the Nth allocation of a scenario fails, for every N, and
 * then all from the Nth on. Each function answers with an error or does without, and afterwards
 * runtimes work. Linked with --wrap for the functions below: V8 is not affected. */
#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

#include "runtime_host.h"

/* --- faults ----------------------------------------------------------------------------------- */

static atomic_bool armed;
static atomic_bool lasting; /* all that follow fail, too */
static atomic_long left;    /* until the one that fails */
static atomic_long failed;

static bool fails(void) {
    if (!atomic_load_explicit(&armed, memory_order_relaxed)) return false;
    long before = atomic_fetch_sub(&left, 1);
    if (before > 1 || (before < 1 && !atomic_load(&lasting))) return false;
    atomic_fetch_add(&failed, 1);
    return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*body)(void *), void *data);

void *__wrap_malloc(size_t size) { return fails() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) {
    return fails() ? NULL : __real_calloc(count, size);
}
void *__wrap_realloc(void *memory, size_t size) {
    return fails() ? NULL : __real_realloc(memory, size);
}
char *__wrap_strdup(const char *text) { return fails() ? NULL : __real_strdup(text); }
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*body)(void *), void *data) {
    return fails() ? EAGAIN : __real_pthread_create(thread, attributes, body, data);
}

static void arm(long number, bool and_all_that_follow) {
    atomic_store(&failed, 0);
    atomic_store(&left, number);
    atomic_store(&lasting, and_all_that_follow);
    atomic_store(&armed, true);
}

static void disarm(void) { atomic_store(&armed, false); }

/* --- the scenario ----------------------------------------------------------------------------- */

static const char script[] =
    "const kept = new Map([['a', {b: [1, 'two', 3n, new Date(0)]}]]);"
    "setTimeout(() => { kept.set('c', 1) }, 0); setInterval(() => {}, 1000);"
    "Promise.reject(new Error('uncaught')); queueMicrotask(() => { throw new Error('late') });"
    "structuredClone(kept); console.log('text', kept);"
    "try { null.a } catch (error) { kept.set('error', error.stack) }"
    "[1, 'two', [3, {four: kept}], new Uint8Array(5), 'x'.repeat(1000)]";

typedef struct outcome {
    jsrun_status status;
    jsrun_handle handle;
} outcome;

static void evaluate_all(jsrun_entry *entry, void *data) {
    outcome *self = data;
    jsrun_value result = NULL;
    jsrun_value source = jsrun_string_text(entry, script);
    jsrun_value name = jsrun_string_text(entry, "scenario.js");
    self->status = source ? jsrun_evaluate(entry, source, name, &result) : JSRUN_NO_MEMORY;
    if (self->status != JSRUN_OK) return;
    jsrun_items items;
    jsrun_items_init(&items);
    jsrun_walk_report report;
    jsrun_limits limits = {.depth = 8, .bytes = 100000};
    jsrun_walk(entry, result, &limits, &items, &report);
    jsrun_items_free(&items);
    self->handle = jsrun_handle_new(entry, result);
}

static void throw_an_error(jsrun_entry *entry, void *data) {
    jsrun_value result = NULL;
    jsrun_value source = jsrun_string_text(entry, "(function f() { throw new Error('thrown') })()");
    if (source) *(jsrun_status *)data = jsrun_evaluate(entry, source, NULL, &result);
}

static void ignore_message(void *data, const char *text, size_t length) {
    (void)data, (void)text, (void)length;
}
static void ignore_closed(void *data) { (void)data; }

static void debug(jsrun_runtime *runtime) {
    static const char *const messages[] = {
        "{\"id\":1,\"method\":\"Runtime.enable\"}",
        "{\"id\":2,\"method\":\"Debugger.enable\"}",
        "{\"id\":3,\"method\":\"Runtime.evaluate\",\"params\":{\"expression\":\"[1, {a: 2}]\"}}",
    };
    jsrun_session_client client = {NULL, ignore_message, ignore_closed};
    jsrun_session *session = NULL;
    if (jsrun_session_open(runtime, &client, &session) != JSRUN_OK) return;
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
        jsrun_session_send(session, messages[i], strlen(messages[i]));
    jsrun_runtime_request_pause(runtime);
    jsrun_session_close(session);
}

static void live(jsrun_runtime_options options) {
    static const jsrun_host none = {0};
    options.host = &none;
    jsrun_runtime *runtime = NULL;
    jsrun_status status = jsrun_runtime_new(&options, &runtime);
    CHECK((status == JSRUN_OK) == (runtime != NULL));
    if (!runtime) return;
    outcome all = {0}, posted = {0};
    jsrun_run(runtime, evaluate_all, &all);
    jsrun_run(runtime, throw_an_error, &status);
    jsrun_post(runtime, evaluate_all, NULL, &posted);
    debug(runtime);
    jsrun_run(runtime, throw_an_error, &status); /* after the posted one */
    disarm();
    jsrun_status state = jsrun_runtime_state(runtime);
    CHECK(state == JSRUN_OK);
    status = JSRUN_OK;
    CHECK(jsrun_run(runtime, throw_an_error, &status) == JSRUN_OK && status == JSRUN_EXCEPTION);
    if (all.status == JSRUN_OK) jsrun_handle_drop(runtime, all.handle);
    jsrun_runtime_close(runtime);
    jsrun_runtime_release(runtime);
}

int main(int count, char **arguments) {
    long first = count > 1 ? strtol(arguments[1], NULL, 10) : 1;
    live((jsrun_runtime_options){.inspect = true}); /* starts V8 */
    for (int lasts = 0; lasts < 2; lasts++) {
        for (long number = first;; number++) {
            if (count > 2) fprintf(stderr, "%d %ld\n", lasts, number);
            arm(number, lasts);
            live((jsrun_runtime_options){.inspect = true});
            disarm();
            if (atomic_load(&failed) == 0) break;
        }
    }
    return 0;
}
