/* Ids for targets that nobody can guess. */
#ifndef INSPECTOR_UUID_H
#define INSPECTOR_UUID_H

#include <stdbool.h>

enum { INSPECTOR_UUID_SIZE = 37 };

/* Writes a random UUID (version 4) and a NUL. False if the system has no random numbers. */
bool inspector_uuid(char text[INSPECTOR_UUID_SIZE]);

#endif
