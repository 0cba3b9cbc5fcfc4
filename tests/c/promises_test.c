/* Watching promises, waiting for them, and promises that the host settles. */
#include <sched.h>

#include "jsrun/promise.h"
#include "runtime_host.h"

typedef struct promise_case {
    const char *source;
    jsrun_status status; /* of its preparation */
    jsrun_wait *wait;
    uint32_t number;
    bool unwatched;
    double value; /* of a host's promise */
    bool rejected;
    /* What the watch has reported. */
    atomic_int told;
    jsrun_status outcome;
    double number_told;
    char text[64];
} promise_case;

static jsrun_value evaluate_here(jsrun_entry *entry, const char *source) {
    jsrun_value value = NULL;
    CHECK(jsrun_evaluate(entry, jsrun_string_text(entry, source), NULL, &value) == JSRUN_OK);
    return value;
}

static void keep(jsrun_entry *entry, void *data, jsrun_status status, jsrun_value value) {
    promise_case *self = data;
    self->outcome = status;
    if (status == JSRUN_OK) self->number_told = number_of(entry, value);
    if (status == JSRUN_EXCEPTION)
        copy_text(entry, jsrun_entry_exception(entry)->message, self->text, sizeof self->text);
    atomic_fetch_add(&self->told, 1);
}

static void watch_job(jsrun_entry *entry, void *data) {
    promise_case *self = data;
    jsrun_value promise = evaluate_here(entry, self->source);
    self->status = jsrun_promise_watch(entry, promise, keep, self, &self->number);
}

static void unwatch_job(jsrun_entry *entry, void *data) {
    promise_case *self = data;
    self->unwatched = jsrun_promise_unwatch(entry, self->number);
}

/* The runtime may end at any time: then there is no wait. */
static void wait_job(jsrun_entry *entry, void *data) {
    promise_case *self = data;
    jsrun_value promise = NULL;
    self->status = jsrun_evaluate(entry, jsrun_string_text(entry, self->source), NULL, &promise);
    if (self->status == JSRUN_OK) self->status = jsrun_wait_start(entry, promise, &self->wait);
}

static void until_told(host *self, promise_case *expected) {
    while (!atomic_load(&expected->told)) {
        host_release(self);
        sched_yield();
        host_acquire(self, NULL);
    }
}

static void test_watch(void) {
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    promise_case fulfilled = {.source = "new Promise(done => setTimeout(done, 2, 42))"};
    promise_case rejected = {
        .source = "new Promise((_, no) => setTimeout(() => no(new Error('no')), 1))"};
    promise_case pending = {.source =
                                "var go, promise = new Promise(done => { go = done }); promise"};
    promise_case never = {.source = "var kept = new Promise(() => {}); kept"};
    promise_case *all[] = {&fulfilled, &rejected, &pending, &never};
    for (size_t i = 0; i < 4; i++) {
        CHECK(jsrun_run(host.runtime, watch_job, all[i]) == JSRUN_OK);
        CHECK(all[i]->status == JSRUN_OK);
    }
    until_told(&host, &fulfilled);
    until_told(&host, &rejected);
    CHECK(fulfilled.outcome == JSRUN_OK && fulfilled.number_told == 42);
    CHECK(rejected.outcome == JSRUN_EXCEPTION && strcmp(rejected.text, "no") == 0);
    CHECK(jsrun_run(host.runtime, unwatch_job, &pending) == JSRUN_OK && pending.unwatched);
    CHECK(jsrun_run(host.runtime, unwatch_job, &pending) == JSRUN_OK && !pending.unwatched);
    number(&host, "go(1); 0");
    host_close(&host);
    CHECK(!atomic_load(&pending.told));
    CHECK(atomic_load(&never.told) == 1 && never.outcome == JSRUN_CLOSED);
    CHECK(atomic_load(&fulfilled.told) == 1 && atomic_load(&rejected.told) == 1);
}

static jsrun_status wait_for(host *self, const char *source, double seconds) {
    promise_case waiting = {.source = source};
    CHECK(jsrun_run(self->runtime, wait_job, &waiting) == JSRUN_OK);
    CHECK(waiting.status == JSRUN_OK);
    jsrun_limit limit = seconds > 0 ? jsrun_limit_start(seconds) : (jsrun_limit){0};
    return jsrun_wait_finish(self->runtime, waiting.wait, &limit, true);
}

static void test_wait(void) {
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    for (int i = 0; i < 50; i++) {
        CHECK(wait_for(&host, "new Promise(done => setTimeout(done, 1))", -1) == JSRUN_OK);
        CHECK(wait_for(&host, "new Promise((_, no) => setTimeout(no, 0))", 60) == JSRUN_OK);
        CHECK(wait_for(&host, "new Promise(() => {})", -1) == JSRUN_STUCK);
        CHECK(wait_for(&host, "setTimeout(() => {}, 1); new Promise(() => {})", -1) == JSRUN_STUCK);
    }
    number(&host, "setInterval(() => {}, 1); 0");
    CHECK(wait_for(&host, "new Promise(() => {})", 0.02) == JSRUN_TIMED_OUT);
    atomic_store(&host.stop, true);
    CHECK(wait_for(&host, "new Promise(() => {})", -1) == JSRUN_INTERRUPTED);
    host_close(&host);
}

static void *end_soon(void *data) {
    host *self = data;
    host_acquire(self, NULL);
    if (self->function)
        jsrun_runtime_close(self->runtime);
    else
        jsrun_runtime_terminate(self->runtime);
    host_release(self);
    return NULL;
}

static double no_function(host *self, double argument) { return self ? argument : 0; }

static void test_the_end_ends_waits(void) {
    for (int i = 0; i < 100; i++) {
        host host;
        pthread_t thread;
        host_start(&host, (jsrun_runtime_options){0});
        if (i % 2) bind_function(&host, "unused", no_function);
        number(&host, "setInterval(() => {}, 1); 0");
        pthread_create(&thread, NULL, end_soon, &host);
        promise_case waiting = {.source = "new Promise(() => {})"};
        jsrun_status ended = i % 2 ? JSRUN_CLOSED : JSRUN_TERMINATED;
        jsrun_status status = jsrun_run(host.runtime, wait_job, &waiting);
        if (status == JSRUN_OK) status = waiting.status;
        if (status == JSRUN_OK) status = jsrun_wait_finish(host.runtime, waiting.wait, NULL, true);
        CHECK(status == ended);
        host_release(&host);
        pthread_join(thread, NULL);
        host_acquire(&host, NULL);
        host_close(&host);
    }
}

/* --- the host's own --------------------------------------------------------------------------- */

static void make_job(jsrun_entry *entry, void *data) {
    promise_case *self = data;
    jsrun_value promise = jsrun_promise_new(entry, &self->number);
    CHECK(promise);
    CHECK(jsrun_object_define(entry, jsrun_global(entry), jsrun_string_text(entry, "hosts"),
                              promise));
}

static void settle_job(jsrun_entry *entry, void *data) {
    promise_case *self = data;
    jsrun_value value = jsrun_number(entry, self->value);
    jsrun_entry_release_host(entry);
    CHECK(jsrun_promise_settle(entry, self->number, self->rejected, value));
    CHECK(!jsrun_promise_settle(entry, self->number, self->rejected, value));
    jsrun_entry_acquire_host(entry);
}

static void not_cancelled(void *data, jsrun_status why) {
    (void)data;
    (void)why;
    CHECK(false);
}

static void test_promises_of_the_host(void) {
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    for (int i = 0; i < 50; i++) {
        promise_case made = {.value = i, .rejected = i % 2};
        CHECK(jsrun_run(host.runtime, make_job, &made) == JSRUN_OK);
        number(&host, "var seen = -1; hosts.then(v => { seen = v }, v => { seen = v + 1000 }); 0");
        CHECK(jsrun_post(host.runtime, settle_job, not_cancelled, &made) == JSRUN_OK);
        CHECK(wait_for(&host, "hosts.catch(() => 0)", -1) == JSRUN_OK);
        CHECK(number(&host, "seen") == (i % 2 ? i + 1000 : i));
    }
    host_close(&host);
}

/* --- flows ------------------------------------------------------------------------------------ */

static jsrun_runtime *flow_runtime;
static uint32_t flow_seen;

static void read_flow_job(jsrun_entry *entry, void *data) {
    (void)data;
    flow_seen = jsrun_flow(entry);
}

static double read_flow(host *self, double argument) {
    (void)argument;
    CHECK(jsrun_run(self->runtime, read_flow_job, NULL) == JSRUN_OK);
    return flow_seen;
}

static void flow_job(jsrun_entry *entry, void *data) {
    jsrun_flow_follow(entry);
    jsrun_flow_set(entry, (uint32_t)(uintptr_t)data);
    evaluate_here(entry, "(async number => { await null; check(number, flow());"
                         " await new Promise(done => setTimeout(done, 1)); check(number, flow());"
                         " setTimeout(() => { check(number, flow()); ended++ }, 1) })(flow())");
    jsrun_flow_set(entry, 0);
}

static void test_flows(void) {
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    flow_runtime = host.runtime;
    bind_function(&host, "flow", read_flow);
    number(&host, "var wrong = 0, ended = 0;"
                  "function check(a, b) { if (a !== b || !a) wrong++ } 0");
    for (uintptr_t i = 1; i <= 50; i++)
        CHECK(jsrun_run(flow_runtime, flow_job, (void *)i) == JSRUN_OK);
    while (number(&host, "ended") < 50) {
        host_release(&host);
        sched_yield();
        host_acquire(&host, NULL);
    }
    CHECK(number(&host, "wrong") == 0);
    host_close(&host);
}

int main(void) {
    test_watch();
    test_wait();
    test_the_end_ends_waits();
    test_promises_of_the_host();
    test_flows();
    return 0;
}
