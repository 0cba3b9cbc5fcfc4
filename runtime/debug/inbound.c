#define _GNU_SOURCE /* memmem() */
#include "debug/inbound.h"

#include <stdlib.h>
#include <string.h>

#include "core/stop.h"

/* The thread that has the isolate is woken by the condition if it is paused or is the idle runtime
 * thread, and by an interrupt if it runs JavaScript. */
void inbound_append_locked(jsrun_runtime *runtime, inbound *item) {
    if (runtime->locked.inbound.last)
        runtime->locked.inbound.last->next = item;
    else
        runtime->locked.inbound.first = item;
    runtime->locked.inbound.last = item;
    if (runtime->engine) runtime_request_interrupt_locked(runtime, INTERRUPT_FOR_SESSIONS);
    pthread_cond_broadcast(&runtime->changed);
}

/* --- what a message asks for ----------------------------------------------------------------- */

static const char pause_method[] = "Debugger.pause";
static const char terminate_method[] = "Runtime.terminateExecution";

/* Clients send these to control JavaScript that runs, even if one of their own messages runs it. */
static const char *const urgent_methods[] = {
    pause_method,
    "Debugger.removeBreakpoint",
    "Debugger.setBreakpoint",
    "Debugger.setBreakpointByUrl",
    "Debugger.setBreakpointsActive",
    "Debugger.setSkipAllPauses",
    terminate_method,
};

/* For these V8 walks its lists of scripts and matches regular expressions of the client. That may
 * take long, and is interrupted: but no other message may change the lists meanwhile. */
static const char *const undisturbed_methods[] = {
    "Debugger.searchInContent",
    "Debugger.setBlackboxPatterns",
    "Debugger.setBreakpointByUrl",
};

/* The host may answer these. V8 knows none of them. */
static const char *const host_methods[] = {"IO.close", "IO.read", "Network.loadNetworkResource"};

static const char *skip_space(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) at++;
    return at;
}

/* Where the method's name starts; it ends with a quote. NULL: there is none. This is no parser, and
 * needs none: inside a JSON string a quote has a backslash before it, so the key cannot be part of
 * a string. */
static const char *find_method(const char *text, const char *end) {
    static const char key[] = "\"method\"";
    const char *at = memmem(text, (size_t)(end - text), key, sizeof key - 1);
    if (!at) return NULL;
    at = skip_space(at + sizeof key - 1, end);
    if (at == end || *at != ':') return NULL;
    at = skip_space(at + 1, end);
    return at == end || *at != '"' ? NULL : at + 1;
}

static bool is_method(const char *at, const char *end, const char *method) {
    size_t size = strlen(method);
    return (size_t)(end - at) > size && memcmp(at, method, size) == 0 && at[size] == '"';
}

static bool is_one_of(const char *at, const char *end, const char *const methods[], size_t count) {
    for (size_t i = 0; i < count; i++)
        if (is_method(at, end, methods[i])) return true;
    return false;
}

static void classify(inbound *item) {
    const char *end = item->text + item->length;
    const char *method = find_method(item->text, end);
    if (!method) return;
    item->urgent =
        is_one_of(method, end, urgent_methods, sizeof urgent_methods / sizeof *urgent_methods);
    item->undisturbed = is_one_of(method, end, undisturbed_methods,
                                  sizeof undisturbed_methods / sizeof *undisturbed_methods);
    item->for_host =
        is_one_of(method, end, host_methods, sizeof host_methods / sizeof *host_methods);
    item->pauses = is_method(method, end, pause_method);
    item->terminates = is_method(method, end, terminate_method);
}

/* --- life ------------------------------------------------------------------------------------ */

inbound *inbound_new(jsrun_session *session, inbound_kind kind, const char *text, size_t length) {
    inbound *item = malloc(sizeof *item + length);
    if (!item) return NULL;
    *item = (inbound){.kind = kind, .session = session, .length = length};
    if (length) memcpy(item->text, text, length);
    if (kind == INBOUND_MESSAGE) classify(item);
    jsrun_session_retain(session);
    return item;
}

void inbound_free(inbound *item) {
    jsrun_session_release(item->session);
    free(item);
}

bool session_enqueue_locked(jsrun_runtime *runtime, inbound_kind kind) {
    inbound *item = runtime->locked.sessions.first
                        ? inbound_new(runtime->locked.sessions.first, kind, NULL, 0)
                        : NULL;
    if (item) inbound_append_locked(runtime, item);
    return item;
}
