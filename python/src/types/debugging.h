/* Methods of Runtime for programs that debug it themselves, or that wait for a debugger. */
#ifndef JSRUN_PYTHON_DEBUGGING_H
#define JSRUN_PYTHON_DEBUGGING_H

#include "base/runtime_object.h"

extern const char debugging_is_paused_doc[];
PyObject *debugging_is_paused(PyObject *self, void *unused);

extern const char debugging_attached_doc[];
PyObject *debugging_attached(PyObject *self, void *unused);

extern const char debugging_wait_doc[];
PyObject *debugging_wait(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                         PyObject *names);

extern const char debugging_pause_doc[];
PyObject *debugging_pause(PyObject *self, PyObject *unused);

extern const char debugging_open_channel_doc[];
PyObject *debugging_open_channel(PyObject *self, PyObject *bytes);

extern const char debugging_session_doc[];
PyObject *debugging_session(PyObject *self, PyObject *args, PyObject *kwargs);

extern const char debugging_cpu_profile_doc[];
PyObject *debugging_cpu_profile(PyObject *self, PyObject *args, PyObject *kwargs);

extern const char debugging_heap_snapshot_doc[];
PyObject *debugging_heap_snapshot(PyObject *self, PyObject *args, PyObject *kwargs);

extern const char debugging_coverage_doc[];
PyObject *debugging_coverage(PyObject *self, PyObject *args, PyObject *kwargs);

extern const char debugging_probe_doc[];
PyObject *debugging_probe(PyObject *self, PyObject *args, PyObject *kwargs);

#endif
