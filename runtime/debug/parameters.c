#include "debug/parameters.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/json_reader.h"

typedef struct range {
    const char *method;
    const char *object; /* the parameter that has the number, or NULL: the number is a parameter */
    const char *name;
    double least;
    double most;
} range;

/* Found by sending every method of both engines' protocols numbers of all kinds. */
static const range ranges[] = {
    /* V8 divides by it, as an integer. */
    {"HeapProfiler.startSampling", NULL, "samplingInterval", 1, 9007199254740991.0},
    {"HeapProfiler.startSampling", NULL, "stackDepth", 1, 10000},
    /* V8 makes a text of it, which must not be longer than it expects. */
    {"Debugger.continueToLocation", "location", "lineNumber", 0, INT32_MAX},
    {"Debugger.continueToLocation", "location", "columnNumber", 0, INT32_MAX},
    {"Debugger.setBreakpoint", "location", "lineNumber", 0, INT32_MAX},
    {"Debugger.setBreakpoint", "location", "columnNumber", 0, INT32_MAX},
    {"Debugger.setBreakpointByUrl", NULL, "lineNumber", 0, INT32_MAX},
    {"Debugger.setBreakpointByUrl", NULL, "columnNumber", 0, INT32_MAX},
};

enum { RANGE_COUNT = sizeof ranges / sizeof *ranges };

/* A client's message, as far as it matters here. Of names that come twice V8 may take either: all
 * count. */
typedef struct message {
    json_span text;
    json_span id;
    unsigned ranges; /* those for the method, as bits */
    bool evaluates;  /* the method takes throwOnSideEffect */
} message;

static const char *const evaluating_methods[] = {
    "Debugger.evaluateOnCallFrame",
    "Runtime.callFunctionOn",
    "Runtime.evaluate",
};

enum { EVALUATING_COUNT = sizeof evaluating_methods / sizeof *evaluating_methods };

static void note_method(message *message, json_span value) {
    json_span method;
    if (!json_string(value, &method)) return;
    for (int i = 0; i < RANGE_COUNT; i++)
        if (json_text_is(method, ranges[i].method)) message->ranges |= 1u << i;
    for (int i = 0; i < EVALUATING_COUNT; i++)
        if (json_text_is(method, evaluating_methods[i])) message->evaluates = true;
}

static bool read_message(message *message) {
    json_members members;
    json_span name, value;
    if (!json_members_start(&members, message->text)) return false;
    while (json_members_next(&members, &name, &value)) {
        if (json_text_is(name, "method")) note_method(message, value);
        if (json_text_is(name, "id")) message->id = value;
    }
    return message->id.at != NULL;
}

static bool is_out_of_range(const range *range, json_span name, json_span value) {
    double number;
    return json_text_is(name, range->name) && json_number(value, &number) &&
           !(number >= range->least && number <= range->most);
}

static bool has_out_of_range(const range *range, json_span object) {
    json_members members;
    json_span name, value;
    if (!json_members_start(&members, object)) return false;
    while (json_members_next(&members, &name, &value)) {
        if (!range->object && is_out_of_range(range, name, value)) return true;
        if (!range->object || !json_text_is(name, range->object)) continue;
        json_members inner;
        if (!json_members_start(&inner, value)) continue;
        while (json_members_next(&inner, &name, &value))
            if (is_out_of_range(range, name, value)) return true;
    }
    return false;
}

static const range *find_violated(const message *message) {
    json_members members;
    json_span name, value;
    if (!json_members_start(&members, message->text)) return NULL;
    while (json_members_next(&members, &name, &value)) {
        if (!json_text_is(name, "params")) continue;
        for (int i = 0; i < RANGE_COUNT; i++)
            if (message->ranges & 1u << i && has_out_of_range(&ranges[i], value)) return &ranges[i];
    }
    return NULL;
}

/* V8 handles no message without a number that is its id. */
static bool read_id(const message *message, int *result) {
    double id;
    if (!json_number(message->id, &id) || !(fabs(id) <= INT32_MAX)) return false;
    *result = (int)id;
    return true;
}

bool parameters_are_refused(const char *text, size_t length, char answer[PARAMETERS_ANSWER_BYTES]) {
    message message = {.text = {text, text + length}};
    int id;
    if (!read_message(&message) || !message.ranges) return false;
    const range *violated = find_violated(&message);
    if (!violated || !read_id(&message, &id)) return false;
    snprintf(answer, PARAMETERS_ANSWER_BYTES,
             "{\"id\":%d,\"error\":{\"code\":-32602,\"message\":\"Invalid parameters\","
             "\"data\":\"%s%s%s: must be from %.0f to %.0f\"}}",
             id, violated->object ? violated->object : "", violated->object ? "." : "",
             violated->name, violated->least, violated->most);
    return true;
}

static bool is_true(json_span value) {
    static const char literal[] = "true";
    size_t size = sizeof literal - 1;
    return (size_t)(value.end - value.at) >= size && memcmp(value.at, literal, size) == 0;
}

static bool has_side_effect_check(json_span text) {
    json_members members;
    json_span name, value;
    if (!json_members_start(&members, text)) return false;
    while (json_members_next(&members, &name, &value)) {
        if (!json_text_is(name, "params")) continue;
        json_members inner;
        if (!json_members_start(&inner, value)) continue;
        while (json_members_next(&inner, &name, &value))
            if (json_text_is(name, "throwOnSideEffect") && is_true(value)) return true;
    }
    return false;
}

bool parameters_check_side_effects(const char *text, size_t length,
                                   char refusal[PARAMETERS_ANSWER_BYTES]) {
    message message = {.text = {text, text + length}};
    int id;
    if (!read_message(&message) || !message.evaluates || !has_side_effect_check(message.text) ||
        !read_id(&message, &id))
        return false;
    snprintf(refusal, PARAMETERS_ANSWER_BYTES,
             "{\"id\":%d,\"error\":{\"code\":-32000,\"message\":\"throwOnSideEffect: another "
             "evaluation with it has paused; evaluate without it, or resume\"}}",
             id);
    return true;
}
