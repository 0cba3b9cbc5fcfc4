/* Making snapshots, and starting from them. */
#ifndef JSRUN_PYTHON_SNAPSHOT_H
#define JSRUN_PYTHON_SNAPSHOT_H

#include "types/runtime.h"

/* Points `options` into the bytes, from that offset on, which the caller keeps alive. False with an exception set: no runtime
 * can start from them. */
bool snapshot_read(module_state *state, jsrun_runtime_options *options, PyObject *bytes,
                   Py_ssize_t offset);

/* Functions of the module: _run_script(runtime, name, source) and _take_snapshot(runtime) -> bytes. */
PyObject *snapshot_run_script(PyObject *module, PyObject *args);
PyObject *snapshot_take(PyObject *module, PyObject *runtime);

#endif
