#include "services/module_host.h"

#include <stdlib.h>

#include "base/threads.h"
#include "core/deadline.h"
#include "core/runtime_state.h"
#include "core/stop.h"
#include "services/services.h"
#include "v8/embedder.h"
#include "v8/engine_modules.h"
#include "v8/engine_promises.h"
#include "v8/engine_values.h"

static jsrun_value text_error(jsrun_entry *entry, const char *message) {
    return jsrun_error(entry, NULL, jsrun_string_text(entry, message));
}

static jsrun_value no_memory(jsrun_entry *entry) { return text_error(entry, "out of memory"); }

/* Calls a host function as JavaScript would. */
static module_result ask(jsrun_entry *entry, uint32_t function, const jsrun_value *arguments,
                         jsrun_value *result, jsrun_value *error) {
    jsrun_runtime *runtime = entry->runtime;
    jsrun_call_info info = {.function = function,
                            .receiver = jsrun_undefined(entry),
                            .arguments = arguments,
                            .argument_count = 2};
    if (runtime_is_stopping(runtime)) return MODULE_STOPPED;
    runtime_host_call(runtime, &info);
    /* The host may have failed because the time is over, before the watchdog has noticed that. */
    if (jsrun_entry_time_left(entry) <= 0) runtime_enforce_deadline(runtime, thread_now());
    if (runtime_is_stopping(runtime)) return MODULE_STOPPED;
    *result = *error = info.result ? info.result : jsrun_undefined(entry);
    return info.is_exception ? MODULE_THREW : MODULE_OK;
}

static bool is_string(jsrun_entry *entry, jsrun_value value) {
    jsrun_item item;
    char ignored[8];
    return engine_classify(entry, value, &item, ignored, sizeof ignored) &&
           item.kind == JSRUN_KIND_STRING;
}

module_result module_resolve(jsrun_entry *entry, jsrun_value specifier, jsrun_value referrer,
                             jsrun_value *url, jsrun_value *error) {
    const module_table *table = &entry->runtime->services->modules;
    if (!table->enabled) {
        *error = text_error(entry, "this runtime has no loader for modules");
        return MODULE_THREW;
    }
    jsrun_value arguments[] = {specifier, referrer};
    module_result result = ask(entry, table->resolve_function, arguments, url, error);
    if (result == MODULE_OK && !is_string(entry, *url)) {
        *error = text_error(entry, "the module's URL is not a string");
        return MODULE_THREW;
    }
    return result;
}

module_result module_compile(jsrun_entry *entry, module *module, jsrun_value source,
                             jsrun_value *error) {
    if (!is_string(entry, source)) {
        *error = text_error(entry, "the module's source is not a string");
        return MODULE_THREW;
    }
    switch (engine_module_new(entry, source, module_url(entry, module), module->json,
                              module->number, &module->compiled)) {
    case ENGINE_OK:
        break;
    case ENGINE_TERMINATED:
        return MODULE_STOPPED;
    case ENGINE_THREW:
        *error = entry->thrown;
        return module->json ? MODULE_THREW
                            : MODULE_INVALID; /* the error of JSON tells no place in the text */
    case ENGINE_REFUSED:
        *error = no_memory(entry);
        return MODULE_THREW;
    }
    module->request_count = engine_module_request_count(entry, module->compiled);
    module->requests = calloc(module->request_count + 1, sizeof *module->requests);
    if (module->requests) return MODULE_OK;
    *error = no_memory(entry);
    return MODULE_THREW;
}

module_result module_load(jsrun_entry *entry, module *module, jsrun_value *error) {
    module_table *table = &entry->runtime->services->modules;
    jsrun_value arguments[] = {module_url(entry, module), jsrun_boolean(entry, module->json)};
    jsrun_value source;
    module_result result = ask(entry, table->load_function, arguments, &source, error);
    if (result == MODULE_OK && jsrun_is_promise(source)) {
        if (engine_promise_react(entry, source, REACTION_LOADED, module->number) != ENGINE_OK)
            result = MODULE_STOPPED;
    } else if (result == MODULE_OK) {
        result = module_compile(entry, module, source, error);
    }
    return result;
}
