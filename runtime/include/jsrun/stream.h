/* Streams: reading those of scripts, and making some whose chunks the host has.
 *
 * All functions: on the job's thread, with its entry. If the host lock is held by the caller it is released while
 * JavaScript runs, and held again on return. */
#ifndef JSRUN_STREAM_H
#define JSRUN_STREAM_H

#include "jsrun/promise.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Asks a ReadableStream (JSRUN_KIND_STREAM) for its next chunk. The first read locks the stream, and is a JSRUN_EXCEPTION if a
 * script has done that. Otherwise like jsrun_promise_watch(), whose `settled` is called with the chunk, and at the
 * end of the stream with JSRUN_OK and no value. Reads are answered in order. */
jsrun_status jsrun_stream_read(jsrun_entry *entry, jsrun_value stream, jsrun_settled settled,
                               void *data, uint32_t *number);

/* Tells the stream that nobody is interested in it any more; nothing happens if a script has locked it. On JSRUN_OK *promise is for
 * the end of what the source does about that. */
jsrun_status jsrun_stream_cancel(jsrun_entry *entry, jsrun_value stream, jsrun_value *promise);

/* A ReadableStream whose chunks the host has; it is known by `number` (that of the host's choice). Three functions of the host
 * are called for it, each with that number, whose own numbers begin with jsrun_runtime_options.stream_functions:
 * the first gives a promise for an array, of the next chunk, or empty at the end: it is called when somebody reads, and not again
 * before the promise is settled; the second a promise for the end of a cancellation; the third is told that
 * nobody can read the stream any more, and may be called for one that has ended. NULL: JavaScript was
 * stopped. */
jsrun_value jsrun_stream_new(jsrun_entry *entry, uint32_t number);

#ifdef __cplusplus
}
#endif

#endif
