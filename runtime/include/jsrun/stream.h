/* Streams: reading those of scripts, and making streams whose chunks come from the host.
 *
 * All functions: on the job's thread, with its entry. If the host lock is held by the caller it is
 * released while JavaScript runs, and held again on return. */
#ifndef JSRUN_STREAM_H
#define JSRUN_STREAM_H

#include "jsrun/promise.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Asks a ReadableStream (JSRUN_KIND_STREAM) for its next chunk. The first read locks the stream,
 * and is a JSRUN_EXCEPTION if a script has done that. Otherwise like jsrun_promise_watch(), whose
 * `settled` is called with the chunk, and at the end of the stream with JSRUN_OK and no value.
 * Reads are answered in order. */
jsrun_status jsrun_stream_read(jsrun_entry *entry, jsrun_value stream, jsrun_settled settled,
                               void *data, uint32_t *number);

/* Cancels the stream, unless a script has locked it. On JSRUN_OK *promise is settled when the
 * source has done its part. */
jsrun_status jsrun_stream_cancel(jsrun_entry *entry, jsrun_value stream, jsrun_value *promise);

/* A ReadableStream whose chunks come from the host, which knows it by `number`. Three host
 * functions are called for it, each with that number. Their own numbers start with
 * jsrun_runtime_options.stream_functions. The first returns a promise for an array with the next
 * chunk, or an empty one at the end; it is called when somebody reads, and not again before the
 * promise is settled. The second returns a promise for the end of a cancellation. The third is told
 * that nobody can read the stream again; it may be called for a stream that has ended. NULL:
 * JavaScript was stopped. */
jsrun_value jsrun_stream_new(jsrun_entry *entry, uint32_t number);

#ifdef __cplusplus
}
#endif

#endif
