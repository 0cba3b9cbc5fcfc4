/* What a RuntimeConfig comes to. */
#ifndef JSRUN_PYTHON_RUNTIME_SETTINGS_H
#define JSRUN_PYTHON_RUNTIME_SETTINGS_H

#include "types/runtime_inspector.h"

/* What jsrun._config makes of a RuntimeConfig. */
typedef struct runtime_settings {
    PyObject *tuple; /* keeps the strings below alive */
    jsrun_runtime_options runtime;
    jsrun_limits limits;
    double timeout;
    PyObject *bootstrap;
    PyObject *console;          /* what takes its output, or None */
    PyObject *uncaught_handler; /* or None */
    PyObject *snapshot;         /* bytes or None */
    Py_ssize_t snapshot_offset;
    bool has_inspector;
    inspector_settings inspector;
} runtime_settings;

/* Reads `config`, a RuntimeConfig or None, into `settings`, which is zeroed before. False with an exception set.
 * Either way settings->tuple is the caller's to give up. */
bool runtime_settings_read(runtime_settings *settings, module_state *state, PyObject *config);

#endif
