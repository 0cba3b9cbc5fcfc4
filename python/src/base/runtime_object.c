#include "base/runtime_object.h"

#include "base/errors.h"

int runtime_check(runtime_object *self) {
    jsrun_status status = JSRUN_OK;
    if (!self->runtime)
        PyErr_SetString(PyExc_RuntimeError, "Runtime.__init__() was not called");
    else if ((status = jsrun_runtime_state(self->runtime)) != JSRUN_OK)
        errors_raise_status(self->state, status);
    else
        return 0;
    return -1;
}

static int release_pending(void *data) {
    Py_DECREF((PyObject *)data);
    return 0;
}

void runtime_release_later(runtime_object *self) {
    /* If the interpreter has no room for the call, the runtime stays until the process ends. */
    if (Py_REFCNT(self) > 1)
        Py_DECREF(self);
    else
        (void)Py_AddPendingCall(release_pending, self);
}

/* What the program has given the runtime, or what refers to it. */
static const size_t kept[] = {
    offsetof(runtime_object, handlers),
    offsetof(runtime_object, host_breaks),
    offsetof(runtime_object, console),
    offsetof(runtime_object, uncaught_handler),
    offsetof(runtime_object, ops),
    offsetof(runtime_object, modules),
    offsetof(runtime_object, last_scope),
    offsetof(runtime_object, last_loop),
    offsetof(runtime_object, last_context),
    offsetof(runtime_object, settlements),
    offsetof(runtime_object, bootstrap_error),
};

enum { KEPT = sizeof kept / sizeof *kept };

static PyObject **kept_place(runtime_object *self, size_t index) {
    return (PyObject **)((char *)self + kept[index]);
}

int runtime_visit_kept(runtime_object *self, visitproc visit, void *arg) {
    for (size_t i = 0; i < KEPT; i++) Py_VISIT(*kept_place(self, i));
    for (size_t i = 0; i < CROSSINGS && i < self->crossing_count; i++)
        Py_VISIT(self->crossings[i].exception);
    return 0;
}

void runtime_drop_kept(runtime_object *self) {
    PyObject *dropped[KEPT + CROSSINGS];
    size_t count = 0;
    for (size_t i = 0; i < KEPT; i++) {
        dropped[count++] = *kept_place(self, i);
        *kept_place(self, i) = NULL;
    }
    for (size_t i = 0; i < CROSSINGS && i < self->crossing_count; i++)
        dropped[count++] = self->crossings[i].exception;
    self->crossing_count = 0;
    while (count) Py_XDECREF(dropped[--count]);
}
