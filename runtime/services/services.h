/* What the services keep for a runtime. Only the isolate's holder uses it, except where a field
 * says otherwise. */
#ifndef RUNTIME_SERVICES_H
#define RUNTIME_SERVICES_H

#include "services/module_map.h"
#include "services/promises.h"
#include "services/timers.h"

struct services {
    promise_table promises;
    module_table modules;
    timer_queue timers;
};

#endif
