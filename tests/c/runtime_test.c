/* The runtime library by its public headers: jobs, errors, stopping, threads, handles, values. */
#include "runtime_background.h"

static void test_evaluate(void) {
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    CHECK(number(&host, "2 + 2") == 4);
    CHECK(number(&host, "let counter = 1; counter") == 1);
    CHECK(number(&host, "counter + 0.5") == 1.5);
    CHECK(number(&host, "let seen = 0; Promise.resolve(5).then(n => { seen = n }); seen") == 0);
    CHECK(number(&host, "seen") == 5);
    host_close(&host);
}

static void test_exceptions(void) {
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    evaluation thrown =
        evaluate(&host, "function f() {\n  throw new TypeError('boom');\n}\nf()", "a.js");
    CHECK(thrown.run == JSRUN_OK);
    CHECK(thrown.status == JSRUN_EXCEPTION);
    CHECK(strcmp(thrown.text, "TypeError: boom") == 0);
    CHECK(strcmp(thrown.frames, "f@a.js:2:9 @a.js:4:1 ") == 0);
    CHECK(thrown.exception.location.line_number == 2);
    CHECK(thrown.exception.source_line != NULL);
    CHECK(thrown.exception.stack != NULL);

    evaluation syntax = evaluate(&host, "let x = ;", "b.js");
    CHECK(strcmp(syntax.text, "SyntaxError: Unexpected token ';'") == 0);
    CHECK(syntax.exception.location.line_number == 1);
    CHECK(syntax.exception.location.column_number == 9);

    CHECK(strcmp(evaluate(&host, "throw 'a string'", NULL).text, ": a string") == 0);
    /* A hostile error must not make its description fail. */
    evaluation hostile = evaluate(
        &host,
        "const e = new Error('x'); Object.defineProperty(e, 'name', {get() { throw 1 }}); throw e",
        NULL);
    CHECK(hostile.status == JSRUN_EXCEPTION);
    CHECK(strcmp(hostile.text, ": x") == 0);
    CHECK(number(&host, "6") == 6);
    host_close(&host);
}

static double call_again(host *self, double argument) {
    return argument > 0 ? number(self, "again()") + 1 : 0;
}

static void test_reentry(void) {
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    bind_function(&host, "handler", call_again);
    number(&host, "let depth = 5; function again() { return handler(depth--) }; 0");
    CHECK(number(&host, "again()") == 5);
    host_close(&host);
}

static void *evaluate_often(void *data) {
    host *self = data;
    for (int i = 0; i < 500; i++) {
        host_acquire(self, NULL);
        CHECK(number(self, "total += 1; total") > 0);
        host_release(self);
    }
    return NULL;
}

static void test_threads(void) {
    host host;
    pthread_t threads[4];
    host_start(&host, (jsrun_runtime_options){0});
    number(&host, "let total = 0; 0");
    host_release(&host);
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, evaluate_often, &host);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    host_acquire(&host, NULL);
    CHECK(number(&host, "total") == 2000);
    host_close(&host);
}

static const char endless[] = "tell(0); for (;;);";

static jsrun_status ending_of_endless(host *self, void (*end)(host *self)) {
    background background;
    bind_function(self, "tell", tell_running);
    background_start(&background, self, endless, NULL);
    await_running();
    end(self);
    return background_finish(&background).status;
}

static void end_by_terminate(host *self) { jsrun_runtime_terminate(self->runtime); }

static void end_by_close(host *self) {
    host_acquire(self, NULL);
    jsrun_runtime_close(self->runtime);
    host_release(self);
}

static void test_terminate(void) {
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    CHECK(ending_of_endless(&host, end_by_terminate) == JSRUN_TERMINATED);
    CHECK(evaluate(&host, "1", NULL).run == JSRUN_TERMINATED);
    CHECK(jsrun_runtime_state(host.runtime) == JSRUN_TERMINATED);
    host_close(&host);
}

static void test_close_stops(void) {
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    CHECK(ending_of_endless(&host, end_by_close) == JSRUN_CLOSED);
    CHECK(evaluate(&host, "1", NULL).run == JSRUN_CLOSED);
    host_close(&host);
}

static double close_inside(host *self, double argument) {
    jsrun_runtime_close(self->runtime);
    CHECK(evaluate(self, "1", NULL).run == JSRUN_CLOSED);
    return argument;
}

static void test_close_inside_a_job(void) {
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    bind_function(&host, "end", close_inside);
    CHECK(evaluate(&host, "end(); for (;;);", NULL).status == JSRUN_CLOSED);
    CHECK(jsrun_runtime_state(host.runtime) == JSRUN_CLOSED);
    host_close(&host);
}

static double ask_to_stop(host *self, double argument) {
    atomic_store(&self->stop, true);
    return argument;
}

static void test_signals(void) {
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    bind_function(&host, "interrupt", ask_to_stop);
    for (int i = 0; i < 5; i++) {
        evaluation stopped =
            evaluate(&host, "try { interrupt(0); for (;;); } finally { for (;;); }", NULL);
        CHECK(stopped.status == JSRUN_INTERRUPTED);
        CHECK(
            number(
                &host,
                "(() => { let sum = 0; for (let i = 0; i < 1000; i++) sum += i; return sum })()") ==
            499500);
    }
    host_close(&host);
}

/* --- the host lock ---------------------------------------------------------------------------- */

static int releases_of(host *self, const char *code) {
    int before = atomic_load(&self->releases);
    CHECK(number(self, code) == 3);
    return atomic_load(&self->releases) - before;
}

/* A handler that starts a thread if the argument is 1. */
static double tell_company(host *self, double argument) {
    if (argument > 0) atomic_store(&self->alone, false);
    return tell_running(self, argument);
}

static void *terminate_with_lock(void *data) {
    host *self = data;
    await_running();
    host_acquire(self, NULL);
    jsrun_runtime_terminate(self->runtime);
    host_release(self);
    return NULL;
}

/* A thread gets the host lock while `code` runs, after that has called tell(), and ends it. */
static void check_given_up(const char *code) {
    host host;
    pthread_t thread;
    host_start(&host, (jsrun_runtime_options){0});
    atomic_store(&host.alone, true);
    bind_function(&host, "tell", tell_company);
    pthread_create(&thread, NULL, terminate_with_lock, &host);
    CHECK(evaluate(&host, code, NULL).status == JSRUN_TERMINATED);
    host_release(&host);
    pthread_join(thread, NULL);
    host_acquire(&host, NULL);
    host_close(&host);
}

static void test_host_lock(void) {
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    bind_function(&host, "tell", tell_running);
    CHECK(releases_of(&host, "1 + 2") > 0);
    atomic_store(&host.alone, true);
    CHECK(releases_of(&host, "1 + 2") == 0);
    CHECK(releases_of(&host, "tell(1) + tell(2)") == 0);
    CHECK(releases_of(&host, "({get a() { return 1 }}).a + 2") == 0);
    bind_function(&host, "tellCompany", tell_company);
    CHECK(releases_of(&host, "tellCompany(1) + 2") > 0);
    await_running();
    host_close(&host);
    check_given_up("tell(0); for (;;);");
    check_given_up("tell(1); for (;;);");
}

static void test_posted_jobs(void) {
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    evaluation posted[3] = {{.source = "let order = 'a'; order"},
                            {.source = "order += 'b'"},
                            {.source = "order += 'c'"}};
    for (int i = 0; i < 3; i++)
        CHECK(jsrun_post(host.runtime, evaluate_job, NULL, &posted[i]) == JSRUN_OK);
    CHECK(strcmp(evaluate(&host, "order", NULL).text, "abc") == 0);
    CHECK(!pthread_equal(posted[0].thread, pthread_self()));
    host_close(&host);
}

typedef struct keeping {
    jsrun_handle handle;
    bool there;
} keeping;

static void keep_job(jsrun_entry *entry, void *data) {
    ((keeping *)data)->handle = jsrun_handle_new(entry, jsrun_string_text(entry, "kept"));
}

static void look_job(jsrun_entry *entry, void *data) {
    keeping *self = data;
    self->there = jsrun_handle_get(entry, self->handle) != NULL;
}

static void test_handles(void) {
    host host;
    keeping kept[1000];
    host_start(&host, (jsrun_runtime_options){0});
    for (int i = 0; i < 1000; i++) jsrun_run(host.runtime, keep_job, &kept[i]);
    for (int i = 0; i < 1000; i += 2) {
        jsrun_handle_drop(host.runtime, kept[i].handle);
        jsrun_handle_drop(host.runtime, kept[i].handle);
    }
    keeping newer;
    jsrun_run(host.runtime, keep_job, &newer);
    CHECK(newer.handle.slot < 1000); /* a dropped slot was used again */
    for (int i = 0; i < 1000; i++) {
        jsrun_run(host.runtime, look_job, &kept[i]);
        CHECK(kept[i].there == (i % 2 == 1));
    }
    jsrun_runtime_close(host.runtime);
    jsrun_handle_drop(host.runtime, newer.handle);
    host_close(&host);
}

static void check_walk(host *self, const char *source, jsrun_walk_error error, const char *path) {
    char expected[300];
    snprintf(expected, sizeof expected, "%d %s", error, path);
    evaluation walked = evaluate(self, source, NULL);
    CHECK(walked.status == JSRUN_OK);
    if (strcmp(walked.text, expected) != 0) fprintf(stderr, "%s: %s\n", source, walked.text);
    CHECK(strcmp(walked.text, expected) == 0);
}

static void test_walk(void) {
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    check_walk(&host, "({a: [1, 2, {b: Symbol('x')}]})", JSRUN_WALK_UNSUPPORTED, "$.a[2].b");
    check_walk(&host, "({'odd key': new Map([['k', new WeakMap()]])})", JSRUN_WALK_UNSUPPORTED,
               "$[\"odd key\"][0]");
    check_walk(&host, "const c = {}; c.list = [c]; c", JSRUN_WALK_CIRCULAR, "$.list[0]");
    check_walk(&host, "[[[[[[[[[[1]]]]]]]]]]", JSRUN_WALK_TOO_DEEP, "$[0][0][0][0][0][0][0][0]");
    check_walk(&host, "({s: 'x'.repeat(5000)})", JSRUN_WALK_STRING_SIZE, "$.s");
    check_walk(&host, "'x'.repeat(5000)", JSRUN_WALK_STRING_SIZE, "$");
    check_walk(&host, "new Array(2 ** 31)", JSRUN_WALK_TOO_LARGE, "$[511]");
    check_walk(&host, "[0, new Proxy({a: 1}, {get() { throw new Error('no') }})]",
               JSRUN_WALK_STOPPED, "$[1].a");
    check_walk(&host, "new Proxy({}, {ownKeys() { throw 1 }})", JSRUN_WALK_STOPPED, "$");
    CHECK(number(&host, "const shared = {}; ([shared, shared]); 3") == 3);
    host_close(&host);
}

typedef struct text_case {
    const char *source;
    const char *text;
    size_t length;
} text_case;

static void text_job(jsrun_entry *entry, void *data) {
    const text_case *self = data;
    jsrun_value string = NULL;
    size_t length = 0;
    CHECK(jsrun_evaluate(entry, jsrun_string_text(entry, self->source), NULL, &string) == JSRUN_OK);
    CHECK(jsrun_is_string(string));
    char *text = jsrun_string_to_utf8(entry, string, &length);
    CHECK(length == self->length);
    CHECK(memcmp(text, self->text, length + 1) == 0);
    free(text);
}

static void test_strings_in_utf8(void) {
    static const text_case cases[] = {
        {"''", "", 0},
        {"'a\\0b'", "a\0b", 3},
        {"'\\x7f\\x80\\xff'", "\x7f\xc2\x80\xc3\xbf", 5},
        {"'\\u07ff\\u0800\\uffff'", "\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf", 8},
        {"'\\ud800\\udc00\\udbff\\udfff'", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 8},
        {"'\\ud800x\\udc00'", "\xef\xbf\xbdx\xef\xbf\xbd", 7},
        {"'x'.repeat(5) + 'y\\u20ac'", "xxxxxy\xe2\x82\xac", 9},
    };
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK(jsrun_run(host.runtime, text_job, (void *)&cases[i]) == JSRUN_OK);
    host_close(&host);
}

static void call_nothing_job(jsrun_entry *entry, void *data) {
    jsrun_value name = jsrun_string_text(entry, "nothing"), result = NULL;
    (void)data;
    CHECK(!jsrun_is_string(jsrun_number(entry, 1)));
    jsrun_object_define(entry, jsrun_global(entry), name, jsrun_host_function_new(entry, 1, name));
    CHECK(jsrun_evaluate(entry, jsrun_string_text(entry, "typeof nothing(1)"), NULL, &result) ==
          JSRUN_OK);
    char *text = jsrun_string_to_utf8(entry, result, NULL);
    CHECK(strcmp(text, "undefined") == 0);
    free(text);
}

static void *call_nothing(void *runtime) {
    CHECK(jsrun_run(runtime, call_nothing_job, NULL) == JSRUN_OK);
    return NULL;
}

static void posted(jsrun_entry *entry, void *data) {
    (void)entry;
    atomic_store((atomic_bool *)data, true);
}

static void cancelled(void *data, jsrun_status why) {
    (void)data;
    CHECK(why == JSRUN_CLOSED);
}

/* No lock, no signals, no functions: with and without threads, its own and the library's. */
static void test_host_without_functions(void) {
    jsrun_runtime_options options = {0};
    jsrun_runtime *runtime = NULL;
    atomic_bool done = false;
    CHECK(jsrun_runtime_new(&options, &runtime) == JSRUN_OK);
    call_nothing(runtime);
    run_elsewhere(call_nothing, runtime);
    CHECK(jsrun_post(runtime, posted, cancelled, &done) == JSRUN_OK);
    while (!atomic_load(&done)) usleep(100);
    jsrun_runtime_close(runtime);
    jsrun_runtime_release(runtime);
}

static double twice(host *self, double argument) {
    (void)self;
    return 2 * argument;
}

/* The library collects garbage when there are many. */
static void test_dropped_functions(void) {
    enum { MANY = 20000 };
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    for (int i = 0; i < MANY && !host.dropped_count; i++) bind_function(&host, "f", twice);
    CHECK(host.dropped_count > 0 && host.dropped_count < MANY);
    CHECK(number(&host, "f(4)") == 8);
    CHECK(!host.closed_count);
    host_close(&host);
}

static void test_stack_overflow(void) {
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    bind_function(&host, "handler", call_again);
    CHECK(strcmp(evaluate(&host, "(function f() { f() })()", NULL).text,
                 "RangeError: Maximum call stack size exceeded") == 0);
    host_close(&host);
}

int main(void) {
    test_evaluate();
    test_exceptions();
    test_reentry();
    test_threads();
    test_terminate();
    test_close_stops();
    test_close_inside_a_job();
    test_signals();
    test_host_lock();
    test_posted_jobs();
    test_handles();
    test_walk();
    test_strings_in_utf8();
    test_host_without_functions();
    test_dropped_functions();
    test_stack_overflow();
    return 0;
}
