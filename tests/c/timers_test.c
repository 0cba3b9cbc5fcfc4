/* setTimeout() and its like, and the map that finds them. The tests wait for conditions. */
#include <unistd.h>

#include "base/number_map.h"
#include "runtime_host.h"

static void test_number_map(void) {
    number_map map = {0};
    static int values[5000];
    for (uint32_t i = 1; i <= 5000; i++) CHECK(number_map_add(&map, &values[i - 1]) == i);
    for (uint32_t i = 1; i <= 5000; i += 3) CHECK(number_map_remove(&map, i) == &values[i - 1]);
    for (uint32_t i = 1; i <= 5000; i++)
        CHECK(number_map_get(&map, i) == (i % 3 == 1 ? NULL : &values[i - 1]));
    CHECK(!number_map_remove(&map, 1));
    CHECK(!number_map_get(&map, 0));
    map.last_number = INT32_MAX; /* the numbers start again: 1 is free, 2 and 3 are not */
    CHECK(number_map_add(&map, values) == 1);
    CHECK(number_map_add(&map, values) == 4);
    number_map_clear(&map);
    CHECK(!number_map_get(&map, 2));
}

/* Timers fire on their own, on the runtime thread. */
static void await(host *self, const char *condition) {
    for (int i = 0; i < 20000 && number(self, condition) != 1; i++) {
        host_release(self);
        usleep(1000);
        host_acquire(self, NULL);
    }
    CHECK(number(self, condition) == 1);
}

static void test_order(void) {
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    number(&host, "let order = ''; for (const d of [20, 5, 10, 5, 0])"
                  "  setTimeout((a, b) => { order += a + b + ' ' }, d, d, '!'); 0");
    await(&host, "order.length == 17 ? 1 : 0");
    CHECK(strcmp(evaluate(&host, "order", NULL).text, "0! 5! 5! 10! 20! ") == 0);
    host_close(&host);
}

static void test_intervals_and_clear(void) {
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    number(&host, "let ticks = 0, never = 0;"
                  "const id = setInterval(() => { if (++ticks == 3) clearInterval(id) }, 1);"
                  "const many = []; for (let i = 0; i < 3000; i++)"
                  "  many.push(setTimeout(() => { never++ }, i % 7 + 1));"
                  "many.reverse().forEach(id => clearTimeout(id)); clearTimeout(id + 100000); 0");
    await(&host, "ticks == 3 ? 1 : 0");
    number(&host, "let last = 0; setTimeout(() => { last = 1 }, 20); 0");
    await(&host, "last");
    CHECK(number(&host, "ticks") == 3);
    CHECK(number(&host, "never") == 0);
    host_close(&host);
}

/* A timer that sets itself again at once must not keep other calls out. */
static void test_a_storm_lets_others_in(void) {
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    number(&host, "let turns = 0; setInterval(() => { turns++ }, 0); 0");
    for (int i = 0; i < 300; i++) number(&host, "turns");
    await(&host, "turns > 300 ? 1 : 0");
    host_close(&host);
}

static void test_errors_are_reported_and_disturb_nobody(void) {
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    number(&host, "let done = 0; setTimeout(() => { throw new Error('boom') });"
                  "setTimeout(() => { done = 1 }); 0");
    await(&host, "done");
    CHECK(atomic_load(&host.uncaught_count) == 1);
    host_close(&host);
}

static double twice(host *self, double argument) {
    CHECK(self->function_thread != self->signal_thread);
    return number(self, "21") * 2 + argument; /* back into the runtime from a timer */
}

static void test_timers_call_the_host(void) {
    host host;
    host_start(&host, (jsrun_runtime_options){0});
    bind_function(&host, "twice", twice);
    number(&host, "let result = 0; setTimeout(() => { result = twice(0.5) }, 1); 0");
    await(&host, "result == 42.5 ? 1 : 0");
    host_close(&host);
}

static void test_close_with_timers(void) {
    for (int i = 0; i < 100; i++) {
        host host;
        host_start(&host, (jsrun_runtime_options){0});
        number(&host, "for (let i = 0; i < 100; i++) setInterval(() => {}, i % 3, {}); 0");
        if (i % 3 == 0) jsrun_runtime_terminate(host.runtime);
        host_close(&host);
    }
}

int main(void) {
    test_number_map();
    test_order();
    test_intervals_and_clear();
    test_a_storm_lets_others_in();
    test_errors_are_reported_and_disturb_nobody();
    test_timers_call_the_host();
    test_close_with_timers();
    return 0;
}
