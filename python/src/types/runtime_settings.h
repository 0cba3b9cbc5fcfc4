/* The settings of a RuntimeConfig, as the library takes them. */
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
    PyObject *console;          /* takes what the console prints, or None */
    PyObject *uncaught_handler; /* or None */
    PyObject *snapshot;         /* bytes or None */
    Py_ssize_t snapshot_offset;
    bool has_inspector;
    inspector_settings inspector;
} runtime_settings;

/* Reads `config`, a RuntimeConfig or None, into `settings`, which is zeroed before. False with an
 * exception set. In both cases the caller gives up settings->tuple. */
bool runtime_settings_read(runtime_settings *settings, module_state *state, PyObject *config);

#endif
