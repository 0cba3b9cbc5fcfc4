/* Making snapshots. */
#ifndef JSRUN_PYTHON_SNAPSHOT_BUILDER_H
#define JSRUN_PYTHON_SNAPSHOT_BUILDER_H

#include "base/cpython.h"

/* Functions of the module: _run_script(runtime, name, source) and _take_snapshot(runtime) ->
 * bytes. */
PyObject *snapshot_run_script(PyObject *module, PyObject *args);
PyObject *snapshot_take(PyObject *module, PyObject *runtime);

#endif
