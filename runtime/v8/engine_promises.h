/* The boundary, downwards: promises, streams, and the number of a flow. With the isolate. See
 * engine.h. */
#ifndef RUNTIME_V8_ENGINE_PROMISES_H
#define RUNTIME_V8_ENGINE_PROMISES_H

#include <stdint.h>

#include "v8/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum engine_promise {
    ENGINE_NO_PROMISE,
    ENGINE_PENDING,
    ENGINE_FULFILLED,
    ENGINE_REJECTED,
} engine_promise;

/* *result: the value or the reason. A rejection counts as handled from here on. */
engine_promise engine_promise_result(jsrun_entry *entry, jsrun_value value, jsrun_value *result);

/* Has runtime_promise_settled() called with `number`. Getters of scripts may run. */
engine_outcome engine_promise_watch(jsrun_entry *entry, jsrun_value promise, uint32_t number);

typedef enum engine_reaction {
    REACTION_READY,     /* a graph of modules may be evaluated */
    REACTION_LOADED,    /* the host has a module's source */
    REACTION_EVALUATED, /* a graph of modules has been evaluated */
} engine_reaction;

/* Has runtime_react() called with `number`, in the middle of JavaScript. Getters of scripts may
 * run. The rejection counts as handled. */
engine_outcome engine_promise_react(jsrun_entry *entry, jsrun_value promise,
                                    engine_reaction reaction, uint32_t number);

/* Nobody is told of its rejection. This and the next function take NULL, from an isolate that is
 * dead. */
void engine_promise_handled(jsrun_value promise);
bool engine_promise_has_handler(jsrun_value promise);

/* A promise to be settled by C. NULL: V8 was stopped. */
jsrun_value engine_resolver_new(jsrun_entry *entry);
jsrun_value engine_resolver_promise(jsrun_value resolver); /* NULL for NULL */
void engine_resolver_settle(jsrun_entry *entry, jsrun_value resolver, bool rejected,
                            jsrun_value value);

/* See jsrun_flow(). */
void engine_flow_follow(jsrun_entry *entry);
void engine_flow_set(jsrun_entry *entry, uint32_t number);
uint32_t engine_flow(jsrun_entry *entry);

typedef enum engine_stream_operation {
    ENGINE_STREAM_READ, /* (stream, number): runtime_stream_told() will be called with the number */
    ENGINE_STREAM_CANCEL, /* (stream): a promise */
    ENGINE_STREAM_NEW,    /* (number): a stream */
} engine_stream_operation;

/* A built-in function that does it. */
jsrun_value engine_stream_function(jsrun_entry *entry, engine_stream_operation operation);

#ifdef __cplusplus
}
#endif

#endif
