/* datetime and Date. A naive datetime is read as UTC. A Date becomes an aware datetime in UTC. */
#ifndef JSRUN_PYTHON_DATES_H
#define JSRUN_PYTHON_DATES_H

#include "base/module_state.h"
#include "base/path.h"

#include "jsrun/value.h"

/* Loads what the other functions need. -1 with an exception set. */
int dates_load(void);

bool dates_is_datetime(PyObject *value);

/* NULL with an exception set. */
jsrun_value dates_to_js(module_state *state, jsrun_entry *entry, PyObject *datetime,
                        const path_step *outer);
PyObject *dates_from_js(module_state *state, double milliseconds, const path_step *outer);

#endif
