/* Stands in for the functions that a host leaves out, so that no call of the host has to look. */
#ifndef RUNTIME_LIFE_DEFAULT_HOST_H
#define RUNTIME_LIFE_DEFAULT_HOST_H

#include "jsrun/runtime.h"

/* A copy of `host`, which may be NULL, with all functions but those that may be NULL. */
jsrun_host host_with_defaults(const jsrun_host *host);

#endif
