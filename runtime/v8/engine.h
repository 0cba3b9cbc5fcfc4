/* The V8 boundary, downwards: what the C code asks of V8. Thin: no decision is taken behind it.
 *
 * "With the isolate": on the thread that has entered it. Functions without that remark may be called
 * by any thread while the engine exists. Nothing here touches the host lock. */
#ifndef RUNTIME_V8_ENGINE_H
#define RUNTIME_V8_ENGINE_H

#include <stdint.h>

#include "v8/entry.h"
#include "jsrun/statistics.h"
#include "jsrun/value.h"
#include "jsrun/view.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct engine engine;
typedef struct engine_session engine_session;
typedef struct engine_module engine_module;
struct jsrun_session;

typedef enum engine_outcome {
    ENGINE_OK,
    ENGINE_THREW,      /* entry->thrown and entry->thrown_message are set */
    ENGINE_TERMINATED, /* by engine_terminate() */
    ENGINE_REFUSED,    /* V8 gave nothing back and threw nothing */
} engine_outcome;

/* Once for the process, before any other function. */
void engine_process_start(void);
/* The same for a process that only makes the startup snapshot: in that there can be no machine code. */
void engine_process_start_for_snapshot(void);
const char *engine_version(void);
/* The flags that V8 is started with, separated by spaces. */
const char *engine_flags(void);
/* Of one of its functions. */
uintptr_t engine_address(void);

/* --- snapshots ---------------------------------------------------------------------------------------- */

/* A snapshot as V8 has it: the heap of an isolate and its contexts. */
typedef struct engine_blob {
    const char *data;
    size_t size;
} engine_blob;

/* An isolate's with nothing but the built-ins. The caller
 * owns it. After engine_process_start(). */
engine_blob engine_startup_snapshot(void);
void engine_blob_free(engine_blob blob);

/* With the isolate of an engine for a snapshot, as the last before the end: whether something is alive, or was done to the
 * built-in objects, that V8 would end the process over. Then `text` says what (UTF-8, at most `size` - 1 bytes), and nothing
 * has changed. Otherwise no JavaScript is to run any more. */
bool engine_snapshot_obstacle(jsrun_entry *entry, char *text, size_t size);

/* --- life ---------------------------------------------------------------------------------------- */

/* An isolate with its default context; the caller owns it. NULL: out of memory. The isolate is entered by
 * nobody. `context_name` is UTF-8. *heap: its size at birth. */
engine *engine_new(jsrun_runtime *runtime, const jsrun_runtime_options *options,
                   const char *context_name, jsrun_heap *heap);
/* No JavaScript runs any more: what follows may take the memory that it needs. */
void engine_prepare_to_close(engine *engine);
/* The end of its context. Nobody is inside, and all engine sessions and globals are gone. `shared`: other threads
 * have used the isolate. With the isolate lock.
 * `blob`: for an engine for a snapshot, what it has come to, for the caller to own (data NULL: out of memory); NULL: no
 * snapshot. */
void engine_close(engine *engine, bool shared, engine_blob *blob);
/* After engine_close(). No thread stays in the isolate, and none uses the engine any more. If it is dead: on the thread
 * that it died on. */
void engine_free(engine *engine);

/* Fills in entry->isolate, ->context and the storage, as entry->way says. With the isolate lock. */
void engine_enter(jsrun_entry *entry);
void engine_leave(jsrun_entry *entry);

/* The calling thread, which is in no isolate, stays in this one between the entries that it is going to open. With the
 * isolate lock, which is confined to it. */
void engine_move_in(engine *engine);
/* Undoes that, on the same thread, before it moves in elsewhere; no entry of the engine's is open. With the isolate
 * lock. `shared`: other threads have used the isolate meanwhile. */
void engine_move_out(engine *engine, bool shared);
/* The calling thread has kept its `locker` long enough. Between its entries, with the isolate lock. NULL: the isolate has
 * died, and the locker is only forgotten. */
void engine_drop_locker(engine *engine, engine_locker *locker);
/* For an isolate that is closed but cannot be freed yet: gives back what memory it can. With the isolate lock. */
void engine_shrink(engine *engine, bool shared);

/* With the isolate. */
void engine_heap(engine *engine, jsrun_heap *heap);
/* V8 ran out of memory in this isolate: every function below does nothing, or fails, from then on. */
bool engine_is_dead(const engine *engine);

/* --- stopping ------------------------------------------------------------------------------------ */

void engine_terminate(engine *engine);
/* With the isolate. */
void engine_cancel_terminate(engine *engine);
/* With the isolate. When a termination has met JavaScript that an interrupt or a debugger ran, V8 keeps it as
 * an exception that nothing expects: it becomes a request again, for the JavaScript beneath. */
void engine_renew_termination(engine *engine);
/* In a host function, after engine_terminate(): nothing of the JavaScript that called it runs any more. */
void engine_unwind(jsrun_entry *entry);
/* Has runtime_interrupt() called by the thread that runs JavaScript, now or when it next does. */
void engine_request_interrupt(engine *engine);
/* In a host function: V8 serves all interrupts that were requested, its own included, as it does where a function of scripts
 * is entered. The script that has called the host function may pause, or be terminated. */
void engine_look_for_interrupts(jsrun_entry *entry);

/* --- tasks that V8 wants to be run with the isolate ------------------------------------------------- */

/* With the isolate; runs those that are due. True if there were any. */
bool engine_run_tasks(engine *engine);
/* Seconds until the next task is due, at least 0; negative: there is none. */
double engine_next_task(engine *engine);
/* With the isolate. ENGINE_OK or ENGINE_TERMINATED. */
engine_outcome engine_run_microtasks(jsrun_entry *entry);

/* --- running (with the isolate) ----------------------------------------------------------------------- */

/* `last` of both: no script is beneath, so that promise jobs run too, if nothing was thrown. */
engine_outcome engine_evaluate(jsrun_entry *entry, jsrun_value source, jsrun_value name, bool last,
                               jsrun_value *result);
engine_outcome engine_call(jsrun_entry *entry, jsrun_value function, jsrun_value receiver,
                           const jsrun_value *arguments, size_t count, bool last,
                           jsrun_value *result);

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

/* Its rejection is nobody's business. This and the next function take NULL, from an isolate that is dead. */
void engine_promise_handled(jsrun_value promise);
bool engine_promise_has_handler(jsrun_value promise);
/* Tells debuggers of the rejection of a promise that has no handler. */
void engine_tell_rejection(jsrun_entry *entry, jsrun_value reason);

/* A promise to be settled by C. NULL: V8 was stopped. */
jsrun_value engine_resolver_new(jsrun_entry *entry);
jsrun_value engine_resolver_promise(jsrun_value resolver); /* NULL for NULL */
void engine_resolver_settle(jsrun_entry *entry, jsrun_value resolver, bool rejected,
                            jsrun_value value);

typedef enum engine_reaction {
    REACTION_READY,     /* a graph of modules may be evaluated */
    REACTION_LOADED,    /* the host has a module's source */
    REACTION_EVALUATED, /* a graph of modules has been evaluated */
} engine_reaction;

/* Has runtime_react() called with `number`, in the middle of JavaScript. Getters of scripts may run. The rejection counts as
 * handled. */
engine_outcome engine_promise_react(jsrun_entry *entry, jsrun_value promise,
                                    engine_reaction reaction, uint32_t number);

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

/* Something goes on in V8 that will post a task, such as the compilation of WebAssembly. */
bool engine_has_background_work(engine *engine);

/* Fills in `exception` from entry->thrown and ->thrown_message; `frames` has room for `capacity`. May run
 * getters of scripts; what they throw is dropped. */
void engine_describe(jsrun_entry *entry, jsrun_exception *exception, jsrun_frame *frames,
                     size_t capacity);

/* Runs body(data), which runs JavaScript by the functions below; true means it went well. */
engine_outcome engine_protect(jsrun_entry *entry, bool (*body)(void *data), void *data);

/* --- modules (with the isolate) ------------------------------------------------------------------------- */

/* Compiles a module or, with `json`, parses what becomes its default export. `number` is what the functions in embedder.h
 * are told. On ENGINE_OK the caller owns *module, and keeps it for as long as the engine lives. */
engine_outcome engine_module_new(jsrun_entry *entry, jsrun_value source, jsrun_value url, bool json,
                                 uint32_t number, engine_module **module);
void engine_module_free(engine_module *module);

/* What it imports, in the order of the text. ENGINE_THREW for an import attribute other than type: "json". */
uint32_t engine_module_request_count(jsrun_entry *entry, const engine_module *module);
engine_outcome engine_module_request(jsrun_entry *entry, const engine_module *module,
                                     uint32_t index, jsrun_value *specifier, bool *json);

typedef enum engine_module_state {
    MODULE_COMPILED,
    MODULE_LINKED,
    MODULE_EVALUATING, /* its code is on the stack */
    MODULE_EVALUATED,  /* or waits for a promise */
    MODULE_FAILED,
} engine_module_state;

engine_module_state engine_module_state_of(jsrun_entry *entry, const engine_module *module);
/* runtime_module_request() is asked for what it imports. */
engine_outcome engine_module_link(jsrun_entry *entry, const engine_module *module);
/* Of a linked one, no module of whose graph is MODULE_EVALUATING, and none of a cycle with it MODULE_FAILED: V8 does not survive it. *promise is settled when it is through. */
engine_outcome engine_module_evaluate(jsrun_entry *entry, const engine_module *module,
                                      jsrun_value *promise);
/* Why it is MODULE_FAILED; NULL: it is not. */
jsrun_value engine_module_failure(jsrun_entry *entry, const engine_module *module);
/* Whether it is MODULE_FAILED because of `error`. */
bool engine_module_failed_with(jsrun_entry *entry, const engine_module *module, jsrun_value error);
/* Of a linked one. */
jsrun_value engine_module_namespace(jsrun_entry *entry, const engine_module *module);

/* The name of the script or module that the last exception is about; NULL if it is not known. */
jsrun_value engine_thrown_script(jsrun_entry *entry);
/* The name of the script or module of a frame of an Error's stack, innermost first; empty if it has none. NULL: there is no such
 * frame. */
jsrun_value engine_error_script(jsrun_entry *entry, jsrun_value error, uint32_t frame);
/* A new Error: "`what`: ", and what `origin`, which was thrown, tells. */
jsrun_value engine_module_error(jsrun_entry *entry, const char *what, jsrun_value origin);
/* Notes in an error, unless that has been done, what jsrun_exception tells of it: `chain` is import_chain, in UTF-8. */
void engine_module_blame(jsrun_entry *entry, jsrun_value error, const char *chain, bool loading);

/* --- scripts' own functions (builtins.c) ---------------------------------------------------------------- */

typedef enum engine_builtin {
    BUILTIN_SET_TIMEOUT,
    BUILTIN_SET_INTERVAL,
    BUILTIN_CLEAR_TIMEOUT,
    BUILTIN_CLEAR_INTERVAL,
    BUILTIN_QUEUE_MICROTASK,
    BUILTIN_COUNT,
} engine_builtin;

/* With the isolate, in JavaScript; may run JavaScript. False: it threw, and V8 holds the exception. */
bool engine_to_int32(jsrun_entry *entry, jsrun_value value, int32_t *number);
jsrun_value engine_type_error(jsrun_entry *entry, const char *message);
void engine_queue_microtask(jsrun_entry *entry, jsrun_value function);

/* For the stack traces that debuggers show across tasks; `task` stands for the task. With the isolate. They do
 * nothing while there is no inspector. */
void engine_async_scheduled(engine *engine, const char *name, void *task, bool recurring);
void engine_async_started(engine *engine, void *task);
void engine_async_finished(engine *engine, void *task);
void engine_async_canceled(engine *engine, void *task);

/* --- reading objects (with the isolate, inside engine_protect) ---------------------------------------- */

/* Sets kind and payload; for containers count is left 0. False: not convertible, and `what` says
 * what it is. */
bool engine_classify(jsrun_entry *entry, jsrun_value value, jsrun_item *item, char *what,
                     size_t what_size);
uint32_t engine_array_length(jsrun_value array);
/* Of what engine_classify() calls an ARRAY: whether it is a Proxy of one, and no array itself. */
bool engine_is_proxy(jsrun_value value);
/* *copy: an array of what the Proxy's traps give for its elements, or NULL if it has more than `most`. False: JavaScript
 * threw or was stopped. */
bool engine_copy_array(jsrun_entry *entry, jsrun_value proxy, uint32_t most, jsrun_value *copy);
/* Reads the elements of an array that jsrun_read() can read into `items`, from the first one on and at most `capacity`.
 * *count: how many. *next: the first that it cannot, if it is known, or NULL. False: JavaScript threw or was stopped. */
bool engine_read_elements(jsrun_entry *entry, jsrun_value array, jsrun_item *items,
                          uint32_t capacity, uint32_t *count, jsrun_value *next);
/* NULL: JavaScript threw or was stopped. */
jsrun_value engine_get_index(jsrun_entry *entry, jsrun_value object, uint32_t index);
jsrun_value engine_get(jsrun_entry *entry, jsrun_value object, jsrun_value key);
/* An array of the own enumerable string keys. */
jsrun_value engine_keys(jsrun_entry *entry, jsrun_value object);
/* How many elements of an array of keys, from the first one on, are the strings of `known`, in turn. */
uint32_t engine_same_keys(jsrun_entry *entry, jsrun_value keys, const jsrun_item *known,
                          uint32_t count);

/* So many values can be read at once. */
enum { ENGINE_MOST_VALUES = JSRUN_RECORD_NAMES };

/* *values: an array of the values for the `count` engine_keys() of an object. NULL: it is better asked for one after the
 * other, and if it has getters they may have run already. False: JavaScript threw or was stopped. */
bool engine_values(jsrun_entry *entry, jsrun_value object, uint32_t count, jsrun_value *values);
/* Handles for what engine_read_values() will find: those that V8 shows it end before it returns, and it may make none
 * then. They are the scope's. */
typedef struct engine_spare {
    jsrun_value handles[ENGINE_MOST_VALUES];
    uint32_t count; /* 0 at first */
} engine_spare;

/* Reads up to ENGINE_MOST_VALUES of these, from the first one on, that are strings or what jsrun_read() can read. Returns how
 * many. *next: the first that is neither, or NULL. */
uint32_t engine_read_values(jsrun_entry *entry, jsrun_value values, jsrun_item *items,
                            engine_spare *spare, jsrun_value *next);
/* An array: a Set's values, or a Map's keys and values in turn. */
jsrun_value engine_elements(jsrun_entry *entry, jsrun_value collection);
/* Writes at most `size` - 1 bytes of UTF-8 and a NUL. */
void engine_text(jsrun_entry *entry, jsrun_value string, char *text, size_t size);

/* --- keeping (with the isolate) --------------------------------------------------------------------- */

void *engine_global_new(jsrun_entry *entry, jsrun_value value);
jsrun_value engine_global_get(jsrun_entry *entry, void *global);
void engine_global_free(void *global);
/* The very same object. */
bool engine_global_is(void *global, jsrun_value value);
/* Of a string that is a name. */
int engine_name_hash(jsrun_value name);

/* jsrun_view_open() with the isolate, and jsrun_view_close(), but for what a fork is about. */
jsrun_view_status engine_view_open(jsrun_entry *entry, jsrun_value bytes, jsrun_view *view);
void engine_view_close(jsrun_view *view);

/* --- inspector (with the isolate) ---------------------------------------------------------------------- */

/* Has the inspector made, if it is not there. `context_name`: UTF-8. */
void engine_inspect(engine *engine, const char *context_name);
/* A V8 inspector session whose messages go to runtime_session_message(`session`). The caller owns it.
 * `context_name` is for the inspector, if this is the first that it is needed for. */
engine_session *engine_session_new(engine *engine, struct jsrun_session *session,
                                   const char *context_name);
void engine_session_free(engine_session *session);
void engine_session_dispatch(engine_session *session, const uint16_t *message, size_t length);
/* JavaScript that is on the stack pauses here, if the session debugs. `reason` is for debuggers, and so is `details`,
 * JSON. */
void engine_session_break(engine_session *session, const char *reason, const char *details);
/* The next function that is called pauses, likewise. */
void engine_session_pause_on_next(engine_session *session, const char *reason);

#ifdef __cplusplus
}
#endif

#endif
