/* Whom a message is for. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "scan.h"

static void expect(const char *text, const char *session) {
    /* In memory of exactly this size, so that a sanitizer sees a look beyond it. */
    size_t length = strlen(text), found_length;
    char *copy = malloc(length ? length : 1);
    memcpy(copy, text, length);
    const char *found;
    bool there = inspector_scan_session_id(copy, length, &found, &found_length);
    assert(there == (session != NULL));
    if (session)
        assert(found_length == strlen(session) && memcmp(found, session, found_length) == 0);
    free(copy);
}

static void test_messages(void) {
    expect("{\"sessionId\":\"a\"}", "a");
    expect("{\"id\":1,\"method\":\"X.y\",\"sessionId\":\"a-b\"}", "a-b");
    expect(" {\n\"id\" : 1 ,\t\"params\" : {\"a\":[1,{\"b\":\"}]\"}]} , \"sessionId\" : \"s\" } ",
           "s");
    expect("{\"params\":{},\"sessionId\":\"\"}", "");
    expect("{\"a\":\"\\\"\",\"b\":\"\\\\\",\"sessionId\":\"s\"}", "s");
    expect("{\"sessionId\":\"a\\\"b\"}", "a\\\"b");
    /* Somebody else's. */
    expect("{\"id\":1,\"params\":{\"sessionId\":\"a\"}}", NULL);
    expect("{\"id\":1,\"params\":\"\\\"sessionId\\\":\\\"a\\\"\"}", NULL);
    expect("{\"sessionid\":\"a\"}", NULL);
    expect("{\"sessionId\":1}", NULL);
    expect("{\"sessionId\":null}", NULL);
}

static void test_what_is_no_message(void) {
    static const char message[] = "{\"id\":1,\"p\":[{\"q\":\"\\\"\"}],\"sessionId\":\"abc\"}";
    expect("", NULL);
    expect("[]", NULL);
    expect("{}", NULL);
    expect("\"sessionId\":\"a\"", NULL);
    expect("{\"a\" \"sessionId\":\"b\"}", NULL);
    expect("{sessionId:\"a\"}", NULL);
    expect("{\"a\":}}}},\"sessionId\":\"b\"}", NULL);
    /* Every beginning of one. */
    for (size_t length = 0; length < sizeof(message) - 3; length++) {
        char part[sizeof(message)] = {0};
        memcpy(part, message, length);
        expect(part, NULL);
    }
    expect(message, "abc");
}

static void test_depth_takes_no_stack(void) {
    size_t depth = 10 * 1000 * 1000, found_length;
    const char *found;
    char *text = malloc(depth + 1);
    memset(text, '[', depth);
    memcpy(text, "{\"a\":", 5);
    assert(!inspector_scan_session_id(text, depth, &found, &found_length));
    free(text);
}

int main(void) {
    test_messages();
    test_what_is_no_message();
    test_depth_takes_no_stack();
    return 0;
}
