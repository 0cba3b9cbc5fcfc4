// Tasks that V8 wants to be run with the isolate.

#include "v8/engine_run.h"
#include "v8/guard.h"
#include "v8/inspector_scope.h"

using namespace jsrun;

bool engine_run_task(engine *self) {
    JSRUN_GUARD(self, false);
    // A task that is stopped halfway may be posted by V8 once more.
    if (InspectorScope::IsTerminating(self)) return false;
    return self->tasks->RunNext(Platform::Get().MonotonicallyIncreasingTime());
}

double engine_next_task(engine *self) { return self->tasks->UntilNext(); }

bool engine_has_background_work(engine *engine) {
    return !engine->dead &&
           (engine->isolate->HasPendingBackgroundTasks() || engine->tasks->AnyAwaited());
}
