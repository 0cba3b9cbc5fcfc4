#include "life/default_host.h"

#include <stddef.h>

static void *no_lock_release(void *data) {
    (void)data;
    return NULL;
}

static void no_lock_acquire(void *data, void *token) {
    (void)data;
    (void)token;
}

static bool no_signals(void *data) {
    (void)data;
    return false;
}

static void *no_functions(void *data, jsrun_entry *entry, jsrun_call_info *info) {
    (void)data;
    (void)entry;
    (void)info; /* without a result: undefined */
    return NULL;
}

jsrun_host host_with_defaults(const jsrun_host *host) {
    jsrun_host all = host ? *host : (jsrun_host){0};
    if (!all.release) {
        all.release = no_lock_release;
        all.acquire = no_lock_acquire;
    }
    if (!all.attach_thread) {
        all.attach_thread = no_lock_release;
        all.detach_thread = no_lock_acquire;
    }
    if (!all.check_signals) all.check_signals = no_signals;
    if (!all.prepare) all.prepare = no_functions;
    return all;
}
