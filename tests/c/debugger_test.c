/* Debugger sessions by the public headers: pausing, waiting, leaving, closing. */
#include "runtime_background.h"
#include "runtime_debugger.h"

static const char paused_function[] =
    "function add(a, b) {\n  debugger;\n  return a + b;\n}\nadd(20, 22)";

/* A runtime with a debugger, and one evaluation on another thread. */
typedef struct scene {
    host host;
    debugger debugger;
    background background;
} scene;

static void scene_start(scene *self, jsrun_runtime_options options) {
    host_start(&self->host, options);
    debugger_attach(&self->debugger, self->host.runtime);
    debugger_enable(&self->debugger);
}

/* Evaluates a script that pauses. */
static void scene_pause(scene *self) {
    background_start(&self->background, &self->host, paused_function, "add.js");
    debugger_expect(&self->debugger, "Debugger.paused");
}

static void scene_leave(scene *self) {
    debugger_leave(&self->debugger);
    host_close(&self->host);
}

/* Closes the runtime from the thread that does not have the host lock. */
static void close_now(host *self) {
    host_acquire(self, NULL);
    jsrun_runtime_close(self->runtime);
    host_release(self);
}

static void test_pause_and_resume(void) {
    scene scene;
    scene_start(&scene, (jsrun_runtime_options){0});
    background_start(&scene.background, &scene.host, paused_function, "add.js");
    debugger_expect(&scene.debugger, "\"functionName\":\"add\"");
    debugger_evaluate(&scene.debugger, 3, "1 + 1");
    debugger_expect(&scene.debugger,
                    "\"id\":3,\"result\":{\"result\":{\"type\":\"number\",\"value\":2");
    CHECK(jsrun_runtime_is_paused(scene.host.runtime));
    debugger_send(&scene.debugger, "{\"id\":4,\"method\":\"Debugger.stepOver\"}");
    debugger_expect(&scene.debugger, "Debugger.paused");
    debugger_send(&scene.debugger, "{\"id\":5,\"method\":\"Debugger.resume\"}");
    CHECK(background_finish(&scene.background).number == 42);
    CHECK(!jsrun_runtime_is_paused(scene.host.runtime));
    debugger_leave(&scene.debugger);
    CHECK(number(&scene.host, "1") == 1);
    host_close(&scene.host);
}

static void test_leaving_while_paused(void) {
    host host;
    debugger debugger;
    background background;
    host_start(&host, (jsrun_runtime_options){0});
    for (int i = 0; i < 3; i++) {
        debugger_attach(&debugger, host.runtime);
        debugger_enable(&debugger);
        background_start(&background, &host, paused_function, "add.js");
        debugger_expect(&debugger, "Debugger.paused");
        debugger_leave(&debugger);
        CHECK(background_finish(&background).number == 42);
    }
    host_close(&host);
}

/* The message whose evaluation has paused is still on the stack of the session that leaves. */
static void test_leaving_inside_an_evaluation(void) {
    scene scene;
    scene_start(&scene, (jsrun_runtime_options){0});
    debugger_evaluate(&scene.debugger, 3,
                      "(function paused() { debugger; globalThis.passed = 9 })()");
    debugger_expect(&scene.debugger, "Debugger.paused");
    debugger_leave(&scene.debugger);
    CHECK(number(&scene.host, "passed") == 9);
    host_close(&scene.host);
}

static void test_one_of_two_leaves(void) {
    host host;
    debugger first, second;
    background background;
    host_start(&host, (jsrun_runtime_options){0});
    debugger_attach(&first, host.runtime);
    debugger_attach(&second, host.runtime);
    debugger_enable(&first);
    debugger_enable(&second);
    background_start(&background, &host, paused_function, "add.js");
    debugger_expect(&first, "Debugger.paused");
    debugger_expect(&second, "Debugger.paused");
    debugger_leave(&first);
    debugger_evaluate(&second, 3, "3");
    debugger_expect(&second, "\"value\":3");
    CHECK(jsrun_runtime_is_paused(host.runtime));
    debugger_send(&second, "{\"id\":4,\"method\":\"Debugger.resume\"}");
    CHECK(background_finish(&background).number == 42);
    debugger_leave(&second);
    host_close(&host);
}

static void test_closing_while_paused(void) {
    scene scene;
    scene_start(&scene, (jsrun_runtime_options){0});
    scene_pause(&scene);
    close_now(&scene.host);
    CHECK(background_finish(&scene.background).status == JSRUN_CLOSED);
    debugger_expect_closed(&scene.debugger);
    scene_leave(&scene);
}

static void test_terminating_while_paused(void) {
    scene scene;
    scene_start(&scene, (jsrun_runtime_options){0});
    scene_pause(&scene);
    jsrun_runtime_terminate(scene.host.runtime);
    CHECK(background_finish(&scene.background).status == JSRUN_TERMINATED);
    CHECK(evaluate(&scene.host, "1", NULL).run == JSRUN_TERMINATED);
    scene_leave(&scene);
}

static void test_signal_while_paused(void) {
    scene scene;
    scene_start(&scene, (jsrun_runtime_options){0});
    scene_pause(&scene);
    scene.host.signal_thread = scene.background.thread;
    atomic_store(&scene.host.stop, true);
    CHECK(background_finish(&scene.background).status == JSRUN_INTERRUPTED);
    CHECK(number(&scene.host, "8") == 8);
    scene_leave(&scene);
}

static void test_waiting_for_the_debugger(void) {
    host host;
    debugger debugger;
    background background;
    host_start(&host, (jsrun_runtime_options){.wait_for_debugger = true, .break_on_start = true});
    evaluation bootstrap = {.source = "globalThis.started = 1;\nglobalThis.started = 2;",
                            .name = "bootstrap.js"};
    CHECK(jsrun_post(host.runtime, evaluate_job, NULL, &bootstrap) == JSRUN_OK);
    CHECK(jsrun_runtime_is_waiting_for_debugger(host.runtime));
    background_start(&background, &host, "started", NULL);
    debugger_attach(&debugger, host.runtime);
    debugger_enable(&debugger);
    debugger_evaluate(&debugger, 3, "typeof started");
    debugger_expect(&debugger, "\"value\":\"undefined\"");
    debugger_send(&debugger, "{\"id\":4,\"method\":\"Runtime.runIfWaitingForDebugger\"}");
    debugger_expect(&debugger, "\"reason\":\"Break on start\"");
    debugger_send(&debugger, "{\"id\":5,\"method\":\"Debugger.stepOver\"}");
    debugger_expect(&debugger, "\"lineNumber\":1");
    debugger_send(&debugger, "{\"id\":6,\"method\":\"Debugger.resume\"}");
    CHECK(background_finish(&background).number == 2);
    CHECK(bootstrap.status == JSRUN_OK);
    debugger_leave(&debugger);
    host_close(&host);
}

static void test_closing_while_waiting(void) {
    host host;
    background background;
    host_start(&host, (jsrun_runtime_options){.wait_for_debugger = true});
    background_start(&background, &host, "1", NULL);
    usleep(1000); /* both orders have to work */
    close_now(&host);
    CHECK(background_finish(&background).run == JSRUN_CLOSED);
    host_close(&host);
}

static void test_attaching_to_an_endless_loop(void) {
    host host;
    debugger debugger;
    background background;
    host_start(&host, (jsrun_runtime_options){0});
    bind_function(&host, "tell", tell_running);
    background_start(&background, &host, "var go = true; tell(0); while (go); 5", "loop.js");
    await_running();
    debugger_attach(&debugger, host.runtime);
    debugger_enable(&debugger);
    debugger_send(&debugger, "{\"id\":3,\"method\":\"Debugger.pause\"}");
    debugger_expect(&debugger, "Debugger.paused");
    debugger_evaluate(&debugger, 4, "go = false");
    debugger_send(&debugger, "{\"id\":5,\"method\":\"Debugger.resume\"}");
    CHECK(background_finish(&background).number == 5);
    /* From now on JavaScript runs on the runtime thread. */
    evaluation elsewhere = evaluate(&host, "1", NULL);
    CHECK(!pthread_equal(elsewhere.thread, pthread_self()));
    debugger_leave(&debugger);
    CHECK(number(&host, "2") == 2);
    host_close(&host);
}

static double evaluate_in_handler(host *self, double argument) {
    return argument > 0 ? number(self, "again()") + 1 : 0;
}

/* A host function runs on its caller's thread although the JavaScript that called it does not. */
static void test_host_functions_while_attached(void) {
    host host;
    debugger debugger;
    host_start(&host, (jsrun_runtime_options){0});
    bind_function(&host, "handler", evaluate_in_handler);
    debugger_attach(&debugger, host.runtime);
    debugger_enable(&debugger);
    number(&host, "var depth = 5; function again() { return handler(depth--) }; 0");
    CHECK(number(&host, "again()") == 5);
    CHECK(pthread_equal(host.function_thread, pthread_self()));
    debugger_leave(&debugger);
    number(&host, "depth = 3");
    CHECK(number(&host, "again()") == 3);
    host_close(&host);
}

static double close_inside(host *self, double argument) {
    jsrun_runtime_close(self->runtime);
    return argument;
}

static void test_closing_in_a_host_function_while_attached(void) {
    host host;
    debugger debugger;
    host_start(&host, (jsrun_runtime_options){0});
    bind_function(&host, "end", close_inside);
    debugger_attach(&debugger, host.runtime);
    debugger_enable(&debugger);
    CHECK(evaluate(&host, "end(0); for (;;);", NULL).status == JSRUN_CLOSED);
    debugger_expect_closed(&debugger);
    debugger_leave(&debugger);
    host_close(&host);
}

/* The termination stops the debugger's evaluation first, and then the script that it interrupted.
 * */
static void test_closing_inside_an_interrupt(void) {
    host host;
    debugger debugger;
    background background;
    host_start(&host, (jsrun_runtime_options){.inspect = true});
    bind_function(&host, "tell", tell_running);
    background_start(&background, &host, "for (;;) console.log(1)", NULL);
    debugger_attach(&debugger, host.runtime);
    debugger_evaluate(&debugger, 1, "tell(0); for (;;) console.log(2)");
    await_running();
    close_now(&host);
    evaluation closed = background_finish(&background);
    CHECK(closed.run == JSRUN_CLOSED || closed.status == JSRUN_CLOSED);
    debugger_expect_closed(&debugger);
    debugger_leave(&debugger);
    host_close(&host);
}

/* One message after the other, although interrupts of JavaScript look for the next ones. Requests
 * to stop that JavaScript do not wait for its end. */
static void test_order_of_messages(void) {
    host host;
    debugger debugger;
    char message[200];
    host_start(&host, (jsrun_runtime_options){0});
    debugger_attach(&debugger, host.runtime);
    for (int i = 1; i <= 200; i++) {
        snprintf(message, sizeof message,
                 "{\"id\":%d,\"method\":\"Runtime.evaluate\",\"params\":{\"expression\":"
                 "\"for (let i = 0; i < 1000; i++); globalThis.n = (globalThis.n || 0) + 1\"}}",
                 i);
        debugger_send(&debugger, message);
    }
    for (int i = 1; i <= 200; i++) {
        snprintf(message, sizeof message,
                 "{\"id\":%d,\"result\":{\"result\":{\"type\":\"number\",\"value\":%d", i, i);
        debugger_expect(&debugger, message);
    }
    host_release(&host); /* which the loop's interrupts take */
    debugger_evaluate(&debugger, 300, "for (;;);");
    debugger_send(&debugger, "{ \"method\" : \"Runtime.terminateExecution\", \"id\" : 301 }");
    debugger_expect(&debugger, "\"id\":301");
    host_acquire(&host, NULL);
    CHECK(number(&host, "n") == 200);
    debugger_leave(&debugger);
    host_close(&host);
}

static void test_malformed_messages(void) {
    host host;
    debugger debugger;
    host_start(&host, (jsrun_runtime_options){0});
    debugger_attach(&debugger, host.runtime);
    const char *malformed[] = {"",           "{",
                               "[]",         "null",
                               "\xff\xfe",   "{\"id\":\"x\",\"method\":1}",
                               "{\"id\":1}", "{\"id\":1,\"method\":\"No.such\"}"};
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++)
        debugger_send(&debugger, malformed[i]);
    debugger_expect(&debugger, "-32601");
    debugger_evaluate(&debugger, 3, "'gr\xc3\xb6\xc3\x9f\xf0\x9f\x98\x80'.length");
    debugger_expect(&debugger, "\"value\":6");
    debugger_leave(&debugger);
    host_close(&host);
}

static void test_exception_thrown(void) {
    host host;
    debugger debugger;
    background background;
    host_start(&host, (jsrun_runtime_options){.inspect = true});
    CHECK(evaluate(&host, "throw new Error('before')", "early.js").status == JSRUN_EXCEPTION);
    debugger_attach(&debugger, host.runtime);
    debugger_enable(&debugger);
    debugger_send(&debugger, "{\"id\":3,\"method\":\"Debugger.setPauseOnExceptions\",\"params\":{"
                             "\"state\":\"uncaught\"}}");
    debugger_expect(&debugger, "\"id\":3");
    background_start(&background, &host, "try { throw 1 } catch {}\nthrow new Error('late')",
                     "late.js");
    debugger_expect(&debugger, "\"reason\":\"exception\"");
    debugger_send(&debugger, "{\"id\":4,\"method\":\"Debugger.resume\"}");
    debugger_expect(&debugger, "Runtime.exceptionThrown");
    CHECK(strcmp(background_finish(&background).text, "Error: late") == 0);
    debugger_leave(&debugger);
    host_close(&host);
}

int main(void) {
    test_pause_and_resume();
    test_leaving_while_paused();
    test_leaving_inside_an_evaluation();
    test_one_of_two_leaves();
    test_closing_while_paused();
    test_terminating_while_paused();
    test_signal_while_paused();
    test_waiting_for_the_debugger();
    test_closing_while_waiting();
    test_attaching_to_an_endless_loop();
    test_host_functions_while_attached();
    test_closing_in_a_host_function_while_attached();
    test_closing_inside_an_interrupt();
    test_order_of_messages();
    test_malformed_messages();
    test_exception_thrown();
    return 0;
}
