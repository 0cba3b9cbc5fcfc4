/* A runtime's inspector: what a debugger can attach to. */
#ifndef JSRUN_PYTHON_RUNTIME_INSPECTOR_H
#define JSRUN_PYTHON_RUNTIME_INSPECTOR_H

#include "base/runtime_object.h"

/* What jsrun._config makes of an InspectorConfig. */
typedef struct inspector_settings {
    jsrun_target_options target;
    bool wait;      /* no job before a debugger says so */
    bool stop;      /* pause on the first statement */
    bool requested; /* by the environment, not by the program: a failure is only a warning */
    PyObject *tell; /* is called with the runtime and its endpoints; borrowed. None: no call */
} inspector_settings;

/* `tuple` keeps what `settings` points to alive. False with an exception set. */
bool inspector_read_settings(inspector_settings *settings, PyObject *tuple);

/* Offers the runtime to debuggers. Sets runtime->target and ->endpoints. -1 with an exception
 * set. */
int inspector_open(runtime_object *runtime, const inspector_settings *settings);

/* Frees the target. It is closed when its runtime closes, and may not be used after this. Releases
 * the GIL. */
void inspector_free(runtime_object *runtime);

/* Methods of Runtime. */
PyObject *inspector_open_method(PyObject *self, PyObject *args, PyObject *kwargs);
extern const char inspector_open_doc[];
PyObject *inspector_close_method(PyObject *self, PyObject *unused);
extern const char inspector_close_doc[];
PyObject *inspector_stop_waiting_method(PyObject *self, PyObject *unused);
PyObject *inspector_endpoints_method(PyObject *self, PyObject *unused);
extern const char inspector_endpoints_doc[];

#endif
