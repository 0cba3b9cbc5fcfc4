#include "jsrun/stream.h"

#include "core/host_lock.h"
#include "core/runtime_state.h"
#include "core/scripts.h"
#include "services/promises.h"
#include "v8/embedder.h"
#include "v8/engine_promises.h"
#include "v8/engine_run.h"

jsrun_status jsrun_stream_read(jsrun_entry *entry, jsrun_value stream, jsrun_settled settled,
                               void *data, uint32_t *number) {
    *number = promises_expect(entry->runtime, settled, data);
    if (!*number) return JSRUN_NO_MEMORY;
    jsrun_value ignored;
    const jsrun_value arguments[] = {stream, jsrun_number(entry, *number)};
    jsrun_status status = jsrun_call(entry, engine_stream_function(entry, ENGINE_STREAM_READ), NULL,
                                     arguments, 2, &ignored);
    /* The read may have had its outcome before it was stopped. */
    if (status != JSRUN_OK && !jsrun_promise_unwatch(entry, *number)) status = JSRUN_OK;
    return status;
}

void runtime_stream_told(jsrun_runtime *runtime, uint32_t number, engine_read outcome,
                         jsrun_value value) {
    runtime_promise_settled(runtime, number, outcome == ENGINE_READ_ERROR,
                            outcome == ENGINE_READ_END ? NULL : value);
}

jsrun_status jsrun_stream_cancel(jsrun_entry *entry, jsrun_value stream, jsrun_value *promise) {
    return jsrun_call(entry, engine_stream_function(entry, ENGINE_STREAM_CANCEL), NULL, &stream, 1,
                      promise);
}

/* This is a step of a conversion, so promise jobs must not run: they would after jsrun_call(). */
jsrun_value jsrun_stream_new(jsrun_entry *entry, uint32_t number) {
    jsrun_value argument = jsrun_number(entry, number);
    jsrun_value stream = NULL;
    host_lock before = entry_offer_host(entry);
    runtime_start_script(entry->runtime);
    engine_outcome outcome = engine_call(entry, engine_stream_function(entry, ENGINE_STREAM_NEW),
                                         NULL, &argument, 1, false, &stream);
    runtime_finish_script(entry->runtime);
    entry_restore_host(entry, before);
    return outcome == ENGINE_OK ? stream : NULL;
}
