/* Running JavaScript inside a job, and its outcome.
 *
 * All functions: on the job's thread, with its entry. If the host lock is held by the caller it is
 * released while JavaScript runs, and held again on return. */
#ifndef JSRUN_EXECUTE_H
#define JSRUN_EXECUTE_H

#include "jsrun/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Compiles and runs a script. `source` is a string value. `name` is shown by debuggers and stack
 * traces: a string value, or NULL for a script without a name. Microtasks are run before it
 * returns, unless this is nested in JavaScript that runs already. On JSRUN_OK *result is the
 * completion value, never NULL. */
jsrun_status jsrun_evaluate(jsrun_entry *entry, jsrun_value source, jsrun_value name,
                            jsrun_value *result);

/* Calls `function`. `receiver` NULL means undefined. Otherwise like jsrun_evaluate(). */
jsrun_status jsrun_call(jsrun_entry *entry, jsrun_value function, jsrun_value receiver,
                        const jsrun_value *arguments, size_t argument_count, jsrun_value *result);

/* If `value` is a promise (whose microtasks have been run): gives its value (JSRUN_OK), its reason
 * (JSRUN_EXCEPTION), or *pending = true and the promise itself as *result. Any other value is
 * returned unchanged. */
jsrun_status jsrun_settle(jsrun_entry *entry, jsrun_value value, bool *pending,
                          jsrun_value *result);

/* One line of a stack trace. Names are string values, or NULL where V8 has none. */
typedef struct jsrun_frame {
    jsrun_value function_name;
    jsrun_value file_name;
    int line_number;   /* from 1; 0: unknown */
    int column_number; /* from 1; 0: unknown */
} jsrun_frame;

/* What JavaScript threw. Values live as long as the entry's current scope. */
typedef struct jsrun_exception {
    jsrun_value value;   /* what was thrown; any value */
    jsrun_value name;    /* of an Error: its name, as a string; else NULL */
    jsrun_value message; /* of an Error: its message, of another value: its text; a string */
    jsrun_value stack;   /* of an Error: its stack, as a string; else NULL */
    /* Where it was thrown (for a SyntaxError: where the text is wrong); for an Error that has a
     * stack: the first place of the stack. */
    jsrun_frame location;
    int end_column_number;     /* the column after the part that is wrong; 0: unknown */
    jsrun_value source_line;   /* the text of that line; NULL: unknown */
    const jsrun_frame *frames; /* innermost first; owned by the entry, until its job ends */
    size_t frame_count;
    /* Of an Error that a module's import failed with: the URL of the module that is at fault, then
     * that of the module that imports it, and so on, a line each, as a string; else NULL. */
    jsrun_value import_chain;
    bool
        is_module_failure; /* the module was not found, not loaded, or not linked: it has not run */
    /* What scripts have put on an Error. Arrays are the library's own: jsrun_array_get() reads
     * them. */
    jsrun_value class_name;      /* the name of an Error's class, as a string; else NULL */
    jsrun_value cause;           /* NULL: none */
    jsrun_value errors;          /* an AggregateError's, `error_count` of them; NULL: none */
    jsrun_value property_names;  /* the other own enumerable properties, `property_count` of them */
    jsrun_value property_values; /* in the same order; both NULL: none */
    uint32_t error_count;
    uint32_t property_count;
    jsrun_value origin; /* of such a failure: what the host's function threw; else NULL */
} jsrun_exception;

/* The exception of the last call on this entry that returned JSRUN_EXCEPTION. Owned by the entry;
 * valid until the next call that runs JavaScript. */
const jsrun_exception *jsrun_entry_exception(jsrun_entry *entry);

/* Describes an Error in the same way that was not thrown, but is a value. `location` is where it
 * was made. Getters of scripts may run. JSRUN_EXCEPTION, or why JavaScript was stopped
 * meanwhile. */
jsrun_status jsrun_error_describe(jsrun_entry *entry, jsrun_value error,
                                  const jsrun_exception **description);

/* Tells the host (jsrun_host.uncaught) now of errors that nobody has caught or handled. The end of
 * an outermost job does so, too. */
void jsrun_report_uncaught(jsrun_entry *entry);

/* For an error of a host function that JavaScript must not catch (KeyboardInterrupt): stops all
 * JavaScript up to the job, and every call on the way ends with JSRUN_INTERRUPTED. */
void jsrun_entry_interrupt(jsrun_entry *entry);

/* For code that has an entry and runs without the host lock: takes it, and releases it again. */
void jsrun_entry_acquire_host(jsrun_entry *entry);
void jsrun_entry_release_host(jsrun_entry *entry);

/* Limits how long the job may run JavaScript from now on. JavaScript that runs `seconds` later, or
 * starts after that, ends with JSRUN_TIMED_OUT. The time that host functions take counts; while
 * JavaScript is stopped in the debugger the clock stands still. A job that is nested in another
 * keeps to the nearer of both deadlines; its own stops nothing but itself. On any thread that runs
 * a job; the host lock is not needed. Costs a look at the clock and a store. */
void jsrun_entry_set_deadline(jsrun_entry *entry, double seconds);

/* The seconds that the deadline in force was set to, by this job or by one that it is nested in; 0:
 * none. */
double jsrun_entry_timeout(const jsrun_entry *entry);

/* Seconds until the deadline in force, negative once it has passed; INFINITY: there is none. */
double jsrun_entry_time_left(const jsrun_entry *entry);

/* False once V8 has run out of memory, beyond what could be stopped in time: then functions that
 * make values return NULL, functions that run JavaScript return JSRUN_HEAP_LIMIT, and functions
 * that copy do nothing. */
bool jsrun_entry_is_alive(const jsrun_entry *entry);

jsrun_runtime *jsrun_entry_runtime(jsrun_entry *entry);

#ifdef __cplusplus
}
#endif

#endif
