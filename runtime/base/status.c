#include "jsrun/status.h"

const char *jsrun_status_text(jsrun_status status) {
    switch (status) {
    case JSRUN_OK:
        return "success";
    case JSRUN_EXCEPTION:
        return "JavaScript threw an exception";
    case JSRUN_INTERRUPTED:
        return "execution was interrupted";
    case JSRUN_STOPPED:
        return "execution was stopped by the debugger";
    case JSRUN_TIMED_OUT:
        return "execution timed out";
    case JSRUN_STUCK:
        return "the promise is still pending, and nothing is left that could settle it";
    case JSRUN_TERMINATED:
        return "terminated by host request";
    case JSRUN_HEAP_LIMIT:
        return "heap limit exceeded";
    case JSRUN_CLOSED:
        return "runtime is closed";
    case JSRUN_FORKED:
        return "runtime belongs to another process: V8 does not survive fork";
    case JSRUN_NO_MEMORY:
        return "out of memory or threads";
    case JSRUN_NO_ADDRESSES:
        return "the limit on the address space leaves no room for V8";
    }
    return "unknown status";
}
