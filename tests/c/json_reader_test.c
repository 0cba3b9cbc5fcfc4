/* Reading JSON in place. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_reader.h"

static json_span span(const char *text) { return (json_span){text, text + strlen(text)}; }

/* The value of a member of an object, which is in memory of exactly its size: a sanitizer sees a
 * read beyond it. */
static bool find(const char *text, size_t length, const char *wanted, json_span *found) {
    json_members members;
    json_span name;
    if (!json_members_start(&members, (json_span){text, text + length})) return false;
    while (json_members_next(&members, &name, found))
        if (json_text_is(name, wanted)) return true;
    return false;
}

static void expect(const char *text, const char *name, const char *value) {
    size_t length = strlen(text);
    char *copy = malloc(length + 1);
    memcpy(copy, text, length);
    json_span found;
    bool there = find(copy, length, name, &found);
    assert(there == (value != NULL));
    if (value) {
        assert((size_t)(found.end - found.at) >= strlen(value));
        assert(memcmp(found.at, value, strlen(value)) == 0);
    }
    free(copy);
}

static void test_members(void) {
    expect("{\"a\":1,\"b\":[1,{\"c\":2}],\"d\":\"}\"}", "d", "\"}\"");
    expect("{\"a\":{\"b\":1}}", "b", NULL);
    expect(" { \"a\" : [ ] , \"b\" : null } ", "b", "null");
    expect("{\"\\u0061\\n\":true}", "a\n", "true");
    expect("{\"a\\\"b\":1,\"c\":2}", "c", "2");
    expect("/* { */{//\n\"a\"/**/:/* \"b\":1, */2}", "a", "2");
    expect("[\"a\",1]", "a", NULL);
    expect("{}", "a", NULL);
    expect("", "a", NULL);
}

static void test_every_start_of_a_text(void) {
    static const char text[] =
        "{\"id\":-1.5e3,\"\\u0061\":[{\"x\":\"\\\"\"}]/*c*/,\"last\":\"\\n\"}";
    for (size_t length = 0; length < sizeof text - 1; length++) {
        char *copy = malloc(length + 1);
        json_span found;
        memcpy(copy, text, length);
        assert(!find(copy, length, "none", &found));
        free(copy);
    }
    expect(text, "last", "\"\\n\"");
}

static void test_depth_takes_no_stack(void) {
    size_t depth = 10 * 1000 * 1000;
    char *text = malloc(depth);
    json_span found;
    memset(text, '[', depth);
    memcpy(text, "{\"a\":", 5);
    assert(!find(text, depth, "b", &found));
    free(text);
}

static void expect_number(const char *text, double expected) {
    double number;
    assert(json_number(span(text), &number) && number == expected);
}

static void test_numbers(void) {
    char longest[200];
    double number;
    expect_number("0", 0);
    expect_number("-12.5e1", -125);
    expect_number("1e999", INFINITY);
    expect_number("5}", 5);
    memset(longest, '9', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    expect_number(longest, INFINITY);
    assert(!json_number(span("\"1\""), &number));
    assert(!json_number(span("null"), &number));
    assert(!json_number(span(""), &number));
}

int main(void) {
    test_members();
    test_every_start_of_a_text();
    test_depth_takes_no_stack();
    test_numbers();
    return 0;
}
