#include "jsrun/view.h"

#include "core/process.h"
#include "v8/engine_values.h"

jsrun_view_status jsrun_view_open(jsrun_entry *entry, jsrun_value bytes, jsrun_view *view) {
    view->process = process_generation();
    return engine_view_open(entry, bytes, view);
}

void jsrun_view_close(jsrun_view *view) {
    /* In a forked child memory of WebAssembly cannot be freed: V8 takes a lock that a thread of the
     * parent may have held. */
    if (view->process == process_generation()) engine_view_close(view);
    view->data = view->memory = NULL;
    view->length = 0;
}
