#include "v8/outcome.h"

#include "v8/isolate.h"

engine_outcome jsrun::Outcome(jsrun_entry *entry, v8::TryCatch &caught) {
    if (entry->engine->dead) return ENGINE_TERMINATED;
    // A debugger cancels a termination of its own as soon as it has ended what it was for:
    // CanContinue() still knows of it.
    if (IsolateOf(entry)->IsExecutionTerminating() || caught.HasTerminated() ||
        (caught.HasCaught() && !caught.CanContinue()))
        return ENGINE_TERMINATED;
    if (!caught.HasCaught()) return ENGINE_REFUSED;
    entry->thrown = Wrap(caught.Exception());
    v8::Local<v8::Message> message = caught.Message();
    entry->thrown_message = message.IsEmpty() ? nullptr : Wrap(message);
    return ENGINE_THREW;
}
