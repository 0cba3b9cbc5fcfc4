/* A host for the tests: a mutex for a host lock, and host functions that are C functions. */
#ifndef TESTS_RUNTIME_HOST_H
#define TESTS_RUNTIME_HOST_H

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "jsrun/execute.h"
#include "jsrun/runtime.h"
#include "jsrun/session.h"
#include "jsrun/value.h"

typedef struct host {
    pthread_mutex_t lock; /* error-checking: a wrong release or acquire fails */
    atomic_bool stop;     /* the next answer of check_signals() */
    atomic_bool alone;    /* the answer of is_alone() */
    atomic_int releases;
    pthread_t signal_thread;
    atomic_int uncaught_count; /* exceptions of scripts that no call waited for */
    int dropped_count;         /* functions that JavaScript has dropped */
    int closed_count;
    /* What a host function does, and the thread on which it did that. */
    double (*function)(struct host *host, double argument);
    pthread_t function_thread;
    jsrun_runtime *runtime;
} host;

static inline void *host_release(void *data) {
    host *self = data;
    atomic_fetch_add(&self->releases, 1);
    CHECK(pthread_mutex_unlock(&self->lock) == 0);
    return NULL;
}

static inline void host_acquire(void *data, void *token) {
    (void)token;
    CHECK(pthread_mutex_lock(&((host *)data)->lock) == 0);
}

static inline bool host_is_alone(void *data) { return atomic_load(&((host *)data)->alone); }

static inline void *host_attach(void *data) {
    (void)data;
    return NULL;
}

static inline void host_detach(void *data, void *token) {
    (void)data;
    (void)token;
}

static inline bool host_check_signals(void *data) {
    host *self = data;
    if (!pthread_equal(pthread_self(), self->signal_thread)) return false;
    return atomic_exchange(&self->stop, false);
}

typedef struct prepared {
    double argument;
    double result;
} prepared;

static inline double number_of(jsrun_entry *entry, jsrun_value value) {
    jsrun_items items;
    jsrun_items_init(&items);
    jsrun_walk_report report;
    jsrun_limits limits = {.depth = 8, .bytes = 1024};
    CHECK(jsrun_walk(entry, value, &limits, &items, &report));
    double number = items.items[0].kind == JSRUN_KIND_INTEGER ? (double)items.items[0].integer
                                                              : items.items[0].number;
    jsrun_items_free(&items);
    return number;
}

static inline void *host_prepare(void *data, jsrun_entry *entry, jsrun_call_info *info) {
    (void)data;
    prepared *call = calloc(1, sizeof *call);
    CHECK(call);
    if (info->argument_count) call->argument = number_of(entry, info->arguments[0]);
    return call;
}

static inline void host_perform(void *data, void *work) {
    host *self = data;
    prepared *call = work;
    self->function_thread = pthread_self();
    call->result = self->function(self, call->argument);
}

static inline void host_finish(void *data, jsrun_entry *entry, void *work, jsrun_call_info *info) {
    (void)data;
    info->result = jsrun_number(entry, ((prepared *)work)->result);
    free(work);
}

static inline void host_uncaught(void *data, jsrun_entry *entry) {
    host *self = data;
    CHECK(pthread_mutex_trylock(&self->lock) != 0); /* this thread holds it */
    CHECK(jsrun_entry_exception(entry)->message);
    atomic_fetch_add(&self->uncaught_count, 1);
}

static inline void host_function_dropped(void *data, uint32_t function) {
    host *self = data;
    CHECK(pthread_mutex_trylock(&self->lock) != 0);
    CHECK(function == 7 && !self->closed_count);
    self->dropped_count++;
}

static inline void host_closed(void *data) {
    host *self = data;
    CHECK(pthread_mutex_trylock(&self->lock) != 0);
    self->closed_count++;
}

/* The caller holds the lock, as an interpreter's main thread does at its start. */
static inline void host_init(host *self) {
    pthread_mutexattr_t attributes;
    memset(self, 0, sizeof *self);
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&self->lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
    self->signal_thread = pthread_self();
    pthread_mutex_lock(&self->lock);
}

static inline void host_runtime(host *self, jsrun_runtime_options options) {
    jsrun_host functions = {
        .data = self,
        .release = host_release,
        .acquire = host_acquire,
        .is_alone = host_is_alone,
        .attach_thread = host_attach,
        .detach_thread = host_detach,
        .check_signals = host_check_signals,
        .prepare = host_prepare,
        .perform = host_perform,
        .finish = host_finish,
        .function_dropped = host_function_dropped,
        .closed = host_closed,
        .uncaught = host_uncaught,
    };
    options.host = &functions;
    CHECK(jsrun_runtime_new(&options, &self->runtime) == JSRUN_OK);
}

static inline void host_start(host *self, jsrun_runtime_options options) {
    host_init(self);
    host_runtime(self, options);
}

static inline void host_close(host *self) {
    jsrun_runtime_close(self->runtime);
    CHECK(self->closed_count == 1);
    jsrun_runtime_release(self->runtime);
    pthread_mutex_unlock(&self->lock);
    pthread_mutex_destroy(&self->lock);
}

/* --- one evaluation --------------------------------------------------------------------------- */

typedef struct evaluation {
    const char *source;
    const char *name;
    jsrun_status run;    /* of jsrun_run() */
    jsrun_status status; /* of jsrun_evaluate() */
    double number;
    char text[512]; /* of a string, or of the exception: "Name: message" */
    jsrun_exception exception;
    char frames[512]; /* "function@file:line:column " for each */
    pthread_t thread;
} evaluation;

static inline void copy_text(jsrun_entry *entry, jsrun_value string, char *text, size_t size) {
    text[0] = 0;
    if (!string || !jsrun_string_is_latin1(string)) return;
    size_t length = jsrun_string_length(string);
    CHECK(length < size);
    jsrun_string_copy_latin1(entry, string, (uint8_t *)text);
    text[length] = 0;
}

static inline void keep_exception(jsrun_entry *entry, evaluation *self) {
    char name[64], message[256], function[64], file[64];
    const jsrun_exception *exception = jsrun_entry_exception(entry);
    self->exception = *exception;
    copy_text(entry, exception->name, name, sizeof name);
    copy_text(entry, exception->message, message, sizeof message);
    snprintf(self->text, sizeof self->text, "%s: %s", name, message);
    for (size_t i = 0; i < exception->frame_count; i++) {
        const jsrun_frame *frame = &exception->frames[i];
        copy_text(entry, frame->function_name, function, sizeof function);
        copy_text(entry, frame->file_name, file, sizeof file);
        size_t used = strlen(self->frames);
        snprintf(self->frames + used, sizeof self->frames - used, "%s@%s:%d:%d ", function, file,
                 frame->line_number, frame->column_number);
    }
}

static inline void evaluate_job(jsrun_entry *entry, void *data) {
    evaluation *self = data;
    jsrun_value result = NULL;
    self->thread = pthread_self();
    self->status =
        jsrun_evaluate(entry, jsrun_string_text(entry, self->source),
                       self->name ? jsrun_string_text(entry, self->name) : NULL, &result);
    if (self->status == JSRUN_EXCEPTION) keep_exception(entry, self);
    if (self->status != JSRUN_OK) return;
    jsrun_items items;
    jsrun_items_init(&items);
    jsrun_walk_report report;
    jsrun_limits limits = {.depth = 8, .bytes = 4096};
    if (!jsrun_walk(entry, result, &limits, &items, &report)) {
        snprintf(self->text, sizeof self->text, "%d %s", report.error, report.path);
    } else if (items.items[0].kind == JSRUN_KIND_STRING) {
        copy_text(entry, items.items[0].value, self->text, sizeof self->text);
    } else if (items.items[0].kind == JSRUN_KIND_INTEGER) {
        self->number = (double)items.items[0].integer;
    } else if (items.items[0].kind == JSRUN_KIND_NUMBER) {
        self->number = items.items[0].number;
    }
    jsrun_items_free(&items);
}

static inline evaluation evaluate(host *self, const char *source, const char *name) {
    evaluation evaluation = {.source = source, .name = name};
    evaluation.run = jsrun_run(self->runtime, evaluate_job, &evaluation);
    return evaluation;
}

static inline double number(host *self, const char *source) {
    evaluation evaluation = evaluate(self, source, NULL);
    CHECK(evaluation.run == JSRUN_OK);
    CHECK(evaluation.status == JSRUN_OK);
    return evaluation.number;
}

/* --- host functions --------------------------------------------------------------------------- */

static inline void bind_job(jsrun_entry *entry, void *data) {
    jsrun_value global = NULL;
    jsrun_value name = jsrun_string_text(entry, data);
    CHECK(jsrun_evaluate(entry, jsrun_string_text(entry, "globalThis"), NULL, &global) == JSRUN_OK);
    jsrun_object_define(entry, global, name, jsrun_host_function_new(entry, 7, name));
}

static inline void bind_function(host *self, const char *name,
                                 double (*function)(host *self, double argument)) {
    self->function = function;
    CHECK(jsrun_run(self->runtime, bind_job, (void *)name) == JSRUN_OK);
}

#endif
