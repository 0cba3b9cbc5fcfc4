#include "debug/parameters.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>

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
} message;

static void note_method(message *message, json_span value) {
    json_span method;
    if (!json_string(value, &method)) return;
    for (int i = 0; i < RANGE_COUNT; i++)
        if (json_text_is(method, ranges[i].method)) message->ranges |= 1u << i;
}

static bool read_message(message *message) {
    json_members members;
    json_span name, value;
    if (!json_members_start(&members, message->text)) return false;
    while (json_members_next(&members, &name, &value)) {
        if (json_text_is(name, "method")) note_method(message, value);
        if (json_text_is(name, "id")) message->id = value;
    }
    return message->ranges != 0 && message->id.at != NULL;
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

bool parameters_are_refused(const char *text, size_t length, char answer[PARAMETERS_ANSWER_BYTES]) {
    message message = {.text = {text, text + length}};
    double id;
    if (!read_message(&message)) return false;
    const range *violated = find_violated(&message);
    /* V8 handles no message without a number that is its id. */
    if (!violated || !json_number(message.id, &id) || !(fabs(id) <= INT32_MAX)) return false;
    snprintf(answer, PARAMETERS_ANSWER_BYTES,
             "{\"id\":%d,\"error\":{\"code\":-32602,\"message\":\"Invalid parameters\","
             "\"data\":\"%s%s%s: must be from %.0f to %.0f\"}}",
             (int)id, violated->object ? violated->object : "", violated->object ? "." : "",
             violated->name, violated->least, violated->most);
    return true;
}
